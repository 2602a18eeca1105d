# SPDX-License-Identifier: GPL-3.0-or-later
"""Rates, times and durations, and which frames a range, a step or another rate choose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from depth_engine.contract import DepthError, ExitCode, FrameRecord, MovieSource, SourceFacts
from depth_engine.footage import Frame, choose_frames, open_footage
from depth_engine.footage.rates import exact_rate
from tests.support.movies import make_movie


def facts_of(folder: Path, name: str = "clip.mp4", **options: Any) -> SourceFacts:
    return open_footage(MovieSource(str(make_movie(folder / name, **options)))).facts


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "clip.mov"])
@pytest.mark.parametrize("rate", ["24", "24000/1001", "25", "30000/1001", "50", "60000/1001", "15"])
def test_rates_are_exact(tmp_path: Path, name: str, rate: str) -> None:
    facts = facts_of(tmp_path, name, rate=rate, frames=50, b_frames=2)
    assert (facts.rate, facts.constant_rate, facts.frame_count) == (rate, True, 50)
    assert facts.duration_seconds == pytest.approx(50 / Fraction(rate), abs=0.0015)


def test_a_long_clip_in_milliseconds_keeps_its_rate(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "clip.mkv", rate="30000/1001", frames=1500, size=(48, 32), gop=250)
    assert (facts.rate, facts.constant_rate) == ("30000/1001", True)


def test_variable_rate_is_told_and_times_are_kept(tmp_path: Path) -> None:
    ticks = [0, 40, 55, 130, 200, 210, 400]
    footage = open_footage(MovieSource(str(make_movie(tmp_path / "v.mkv", ticks=ticks, time_base="1/1000"))))
    assert not footage.facts.constant_rate
    assert footage.facts.frame_count == 7
    assert [footage.record(n).seconds for n in range(1, 8)] == [tick / 1000 for tick in ticks]
    assert float(Fraction(footage.facts.rate)) == pytest.approx(6 / 0.4, rel=0.001)


def test_one_missing_frame_is_not_a_constant_rate(tmp_path: Path) -> None:
    ticks = [n for n in range(40) if n != 25]
    facts = facts_of(tmp_path, ticks=ticks, rate="25", b_frames=2)
    assert (facts.frame_count, facts.constant_rate) == (39, False)


@pytest.mark.parametrize("name, start, seconds", [("a.mp4", 48, 2.0), ("a.mkv", 48, 2.0), ("a.mp4", 0, 0.0)])
def test_start_is_told_and_times_count_from_it(tmp_path: Path, name: str, start: int, seconds: float) -> None:
    path = make_movie(tmp_path / name, start=start)
    footage = open_footage(MovieSource(str(path)))
    assert footage.facts.start_seconds == pytest.approx(seconds)
    assert footage.facts.duration_seconds == pytest.approx(1.0, abs=0.0015)
    assert footage.record(1) == FrameRecord(number=1, original_number=1, seconds=0.0)
    assert footage.record(13).seconds == pytest.approx(0.5)


def test_negative_start_is_told(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "a.ts", start=-5, container_options={"avoid_negative_ts": "disabled"})
    assert facts.start_seconds == pytest.approx(-5 / 24)


def test_frames_outside_of_the_footage_have_no_record(tmp_path: Path) -> None:
    footage = open_footage(MovieSource(str(make_movie(tmp_path / "a.mp4"))))
    for number in (0, 25, -1):
        with pytest.raises(IndexError):
            footage.record(number)


@pytest.mark.parametrize(
    "text, rate",
    [
        ("24", "24"),
        ("23.976", "24000/1001"),
        ("23.98", "24000/1001"),
        ("29.97", "30000/1001"),
        ("59.94", "60000/1001"),
        ("30000/1001", "30000/1001"),
        ("12.5", "25/2"),
        ("15", "15"),
    ],
)
def test_a_person_may_write_rates_short(text: str, rate: str) -> None:
    assert exact_rate(text) == Fraction(rate)


class Timed:
    """Footage that has times and no pictures."""

    warnings = ()

    def __init__(self, rate: str, count: int, times: list[float] | None = None) -> None:
        self._times = times or [float(n / Fraction(rate)) for n in range(count)]
        self.facts = SourceFacts(
            width=1,
            height=1,
            frame_count=count,
            rate=rate,
            duration_seconds=self._times[-1] + float(1 / Fraction(rate)),
            constant_rate=times is None,
            start_seconds=0.0,
            rotation=0,
            pixel_aspect="1",
            codec="none",
            alpha=False,
        )

    def record(self, number: int) -> FrameRecord:
        return FrameRecord(number, number, self._times[number - 1])

    def read(self, numbers: Iterable[int]) -> Iterator[Frame]:
        raise NotImplementedError


def test_ranges_and_steps() -> None:
    footage = Timed("24", 100)
    assert list(choose_frames(footage, None, 1, None)) == list(range(1, 101))
    assert list(choose_frames(footage, (5, 11), 3, None)) == [5, 8, 11]
    assert list(choose_frames(footage, (100, 100), 7, None)) == [100]


@pytest.mark.parametrize("frames", [(0, 5), (5, 101), (101, 101), (7, 6)])
def test_a_range_outside_of_the_footage_is_refused(frames: tuple[int, int]) -> None:
    with pytest.raises(DepthError, match="1 to 100") as caught:
        choose_frames(Timed("24", 100), frames, 1, None)
    assert caught.value.code == ExitCode.BAD_INPUT


def test_ten_minutes_of_29_97_at_15_are_exact() -> None:
    count = 17982
    chosen = choose_frames(Timed("30000/1001", count), None, 1, "15")
    assert list(chosen) == [k * 2000 // 1001 + 1 for k in range(9000)]  # 9000 samples of 2000/1001 frames
    assert len(chosen) == 9000 and chosen[-1] <= count


def test_variable_times_give_the_frames_on_show() -> None:
    times = [0.0, 0.04, 0.055, 0.13, 0.2, 0.21, 0.4]
    # Samples at 0, 0.1, 0.2, 0.3 and 0.4 show the first, third, fifth, sixth and seventh frame.
    assert list(choose_frames(Timed("15", 7, times), None, 1, "10")) == [1, 3, 5, 6, 7]
    assert list(choose_frames(Timed("15", 7, times), (3, 6), 1, "10")) == [3, 4, 6]


def test_time_stamps_in_milliseconds_choose_as_exact_ones() -> None:
    rounded = [round(n / 30, 3) for n in range(600)]
    assert list(choose_frames(Timed("30", 600, rounded), None, 1, "15")) == list(range(1, 601, 2))


@pytest.mark.parametrize("fps", ["24", "25", "60", "1000"])
def test_a_rate_not_below_the_own_gives_every_frame(fps: str) -> None:
    assert list(choose_frames(Timed("24", 50), (3, 40), 1, fps)) == list(range(3, 41))
    assert list(choose_frames(Timed("24", 50, [n / 24 for n in range(50)]), None, 1, fps)) == list(range(1, 51))


def test_a_rate_of_the_same_name_gives_every_frame() -> None:
    assert list(choose_frames(Timed("30000/1001", 500), None, 1, "29.97")) == list(range(1, 501))
