# SPDX-License-Identifier: GPL-3.0-or-later
"""Every frame of every kind of movie is the right one, wherever reading starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from depth_engine.contract import MovieSource
from depth_engine.footage import Footage, open_footage
from tests.support.coded import coded_picture, read_index
from tests.support.movies import make_movie


def rough_picture(index: int, width: int, height: int) -> np.ndarray:
    """A coded picture with noise, so that packets are large."""
    noise = np.random.default_rng(index).integers(0, 60, (height, width, 3), dtype=np.uint8)
    return np.where(coded_picture(index, width, height) > 0, 255 - noise, noise)


@dataclass(frozen=True)
class Clip:
    """A movie to make, and the indices of the pictures that it must show."""

    name: str
    shows: range = range(24)
    options: dict[str, Any] = field(default_factory=dict)


def clip(name: str, shows: range = range(24), **options: Any) -> Any:
    return pytest.param(Clip(name, shows, {"frames": shows.stop} | options), id=name)


_COPY = {"avoid_negative_ts": "disabled"}
CLIPS = [
    clip("plain.mp4"),
    clip("with_sound.mp4", audio=True, b_frames=2),
    clip("b_frames.mp4", b_frames=3),
    clip("open_gop.mp4", range(50), b_frames=2, open_gop=True),
    clip("open_gop.mkv", range(50), b_frames=2, open_gop=True, rate="30000/1001"),
    clip("open_gop_hevc.mp4", range(50), codec="libx265", b_frames=3, open_gop=True),
    clip("one_keyframe.mp4", range(60), gop=1000, b_frames=2),
    clip("fragments.mp4", b_frames=2, container_options={"movflags": "frag_keyframe+empty_moov"}),
    clip("edit_list.mp4", range(5, 24), start=-5, b_frames=2),
    clip("edit_list_inside_gop.mov", range(17, 40), start=-17, b_frames=2),
    clip("late.mp4", start=48, b_frames=2),
    clip("late.mkv", start=48, b_frames=2),
    clip("late.ts", range(40), start=48, b_frames=2, audio=True),
    clip("negative.ts", start=-5, b_frames=2, container_options=_COPY),
    clip("negative.mkv", start=-5, container_options=_COPY),
    clip("negative.asf", start=-5, codec="mpeg4", container_options=_COPY),
    clip("mpeg2.mpg", range(40), codec="mpeg2video", b_frames=2, rate="25"),
    clip("mpeg2_large.mpg", range(40), codec="mpeg2video", b_frames=2, rate="25", picture=rough_picture),
    clip("mpeg2.ts", range(40), codec="mpeg2video", b_frames=2),
    clip("mpeg2.mxf", range(40), codec="mpeg2video", b_frames=2, rate="25"),
    clip("mpeg4.avi", range(40), codec="mpeg4", b_frames=2),
    clip("h264_without_stamps.avi", range(40), b_frames=2),
    clip("raw.264", range(40), b_frames=2),
    clip("interlaced.mp4", range(40), b_frames=2, interlaced=True),
    clip("vp9.webm", range(60), codec="libvpx-vp9", codec_options={"auto-alt-ref": "1"}),
    clip(
        "hidden_frames_vp8.webm", range(60), codec="libvpx", codec_options={"auto-alt-ref": "1", "lag-in-frames": "16"}
    ),
    clip("av1.mp4", codec="libsvtav1", codec_options={"preset": "8", "crf": "10"}),
    clip("prores.mov", codec="prores_ks", pixel_format="yuv422p10le"),
    clip("prores_4444.mov", codec="prores_ks", pixel_format="yuva444p10le"),
    clip("ffv1_10_bit.mkv", codec="ffv1", pixel_format="yuv420p10le"),
    clip("hevc_12_bit.mkv", codec="libx265", pixel_format="yuv420p12le"),
    clip("h264_10_bit.mp4", pixel_format="yuv420p10le", b_frames=2),
    clip("odd_size.mp4", size=(97, 63), pixel_format="yuv444p"),
    clip("odd_size.mkv", size=(97, 63), codec="ffv1"),
    clip("animation.mov", codec="qtrle", pixel_format="argb"),
    clip("mjpeg.mov", codec="mjpeg", pixel_format="yuvj420p"),
    clip("variable.mkv", ticks=[n * 37 + (n % 5) * 6 for n in range(24)], time_base="1/1000", b_frames=2),
    clip("animated.gif", range(10), codec="gif", pixel_format="rgb8", rate="10"),
]


@pytest.fixture(scope="module", params=CLIPS)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Footage, range]:
    """A clip's footage and the indices that it must show."""
    clip: Clip = request.param
    path = make_movie(tmp_path_factory.mktemp("clip") / clip.name, **clip.options)
    return open_footage(MovieSource(str(path))), clip.shows


def indices(footage: Footage, numbers: Any) -> list[int]:
    frames = list(footage.read(numbers))
    assert [frame.number for frame in frames] == list(numbers)
    return [read_index(frame.rgb) for frame in frames]


def test_every_frame_is_the_right_one(opened: tuple[Footage, range]) -> None:
    footage, shows = opened
    assert footage.warnings == ()
    assert indices(footage, range(1, footage.facts.frame_count + 1)) == list(shows)


def test_reading_may_start_anywhere(opened: tuple[Footage, range]) -> None:
    footage, shows = opened
    for number in range(1, footage.facts.frame_count + 1):
        assert indices(footage, [number]) == [shows[number - 1]]


@pytest.mark.parametrize("first, step", [(2, 3), (1, 19), (5, 30)])
def test_reading_with_gaps(opened: tuple[Footage, range], first: int, step: int) -> None:
    footage, shows = opened
    numbers = range(first, footage.facts.frame_count + 1, step)
    assert indices(footage, numbers) == list(shows[first - 1 :: step])


def test_frames_are_decoded_as_they_are_asked_for(tmp_path: Path) -> None:
    footage = open_footage(MovieSource(str(make_movie(tmp_path / "clip.mp4"))))
    asked: list[int] = []
    reading = footage.read(asked.append(number) or number for number in range(1, 25))
    assert [next(reading).number for _ in range(3)] == [1, 2, 3]
    assert asked == [1, 2, 3]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov"])
def test_cover_art_is_not_the_video(tmp_path: Path, name: str) -> None:
    path = make_movie(tmp_path / name, cover=True)
    footage = open_footage(MovieSource(str(path)))
    assert (footage.facts.width, footage.facts.height, footage.facts.frame_count) == (96, 64, 24)
    assert indices(footage, [7]) == [6]
