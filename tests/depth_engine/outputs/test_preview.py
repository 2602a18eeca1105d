# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview movie runs beside the footage, frame by frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from depth_engine.outputs.preview import PreviewMovie, colored, join_movies


def _level(number: int, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    return np.full(size[::-1], number, np.float32)


def _make(path: Path, numbers: list[int], last: int, rate: str = "24", size: tuple[int, int] = (64, 48)) -> Path:
    movie = PreviewMovie(path, numbers[0], Fraction(rate), "gray")
    for number in numbers:
        movie.append(number, _level(number, size), 0.0, 100.0)
    movie.finish(last)
    return path


def _levels(path: Path) -> list[int]:
    with av.open(str(path)) as movie:
        grey = [frame.to_ndarray(format="rgb24").mean() for frame in movie.decode(video=0)]
    return [round(float(level) / 255 * 100) for level in grey]


def test_frame_k_shows_source_frame_first_plus_k_minus_1_and_skipped_frames_hold(tmp_path: Path):
    path = _make(tmp_path / "p.mp4", [10, 13, 16, 22], 25)
    held = [10, 10, 10, 13, 13, 13, 16, 16, 16, 16, 16, 16, 22, 22, 22, 22]
    np.testing.assert_allclose(_levels(path), held, atol=1)


@pytest.mark.parametrize("rate", ["24", "24000/1001", "30000/1001", "12.5"])
def test_the_rate_is_constant_and_exact(tmp_path: Path, rate: str):
    with av.open(str(_make(tmp_path / "p.mp4", [1, 2, 3, 4], 4, rate))) as movie:
        stream = movie.streams.video[0]
        assert stream.average_rate == Fraction(rate)
        times = [frame.pts * stream.time_base for frame in movie.decode(stream)]
    assert times == [k / Fraction(rate) for k in range(4)]


@pytest.mark.parametrize(
    ("size", "shown"),
    [((1, 1), (2, 2)), ((33, 17), (32, 16)), ((3840, 2160), (1920, 1080)), ((2160, 3840), (1080, 1920))],
)
def test_sides_are_even_and_at_most_1920(tmp_path: Path, size: tuple[int, int], shown: tuple[int, int]):
    with av.open(str(_make(tmp_path / "p.mp4", [1], 1, size=size))) as movie:
        assert (movie.streams.video[0].width, movie.streams.video[0].height) == shown


@pytest.mark.parametrize("rate", ["24", "24000/1001", "12.5"])
def test_joined_previews_run_on(tmp_path: Path, rate: str):
    parts = [
        _make(tmp_path / "a.mp4", [1], 1, rate),
        _make(tmp_path / "b.mp4", [2, 5], 30, rate),
        _make(tmp_path / "c.mp4", [31, 32], 33, rate),
    ]
    join_movies(parts, tmp_path / "p.mp4")
    np.testing.assert_allclose(_levels(tmp_path / "p.mp4"), [1, 2, 2, 2, *[5] * 26, 31, 32, 32], atol=1)
    with av.open(str(tmp_path / "p.mp4")) as movie:
        stream = movie.streams.video[0]
        assert stream.average_rate == Fraction(rate)
        assert [frame.pts * stream.time_base for frame in movie.decode(stream)] == [
            k / Fraction(rate) for k in range(33)
        ]


def test_an_unfinished_preview_leaves_no_file(tmp_path: Path):
    movie = PreviewMovie(tmp_path / "p.mp4", 1, Fraction(24), "gray")
    movie.append(1, _level(1), 0.0, 1.0)
    movie.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("colormap", ["gray", "inferno", "turbo", "viridis"])
def test_every_colour_map_shows_the_range(colormap: str):
    ramp = np.linspace(-1, 3, 401, dtype=np.float32)[None]
    picture = colored(ramp, 0.0, 2.0, colormap)
    assert picture.shape == (1, 401, 3) and picture.dtype == np.uint8
    assert (picture[0, :100] == picture[0, 0]).all() and (picture[0, 301:] == picture[0, -1]).all()
    assert len(np.unique(picture[0, 100:301], axis=0)) > 100


def test_inferno_is_black_far_and_bright_yellow_near():
    picture = colored(np.array([[0.0, 1.0]], np.float32), 0.0, 1.0, "inferno")
    assert picture[0, 0].max() < 10
    red, green, blue = picture[0, 1].astype(int)
    assert red > 240 and green > 240 and blue < 200
