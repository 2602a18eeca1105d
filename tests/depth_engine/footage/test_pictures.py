# SPDX-License-Identifier: GPL-3.0-or-later
"""What a movie's pictures look like: upright, in the right colours, in the file's own pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from depth_engine.contract import MovieSource
from depth_engine.footage import Footage, open_footage
from tests.support.coded import read_index
from tests.support.movies import make_movie


def opened(folder: Path, name: str = "clip.mp4", **options: Any) -> Footage:
    return open_footage(MovieSource(str(make_movie(folder / name, frames=4, **options))))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv"])
def test_turned_movies_come_upright(tmp_path: Path, rotation: int, name: str) -> None:
    footage = opened(tmp_path, name, rotation=rotation, size=(64, 96), pixel_aspect="4/3")
    assert (footage.facts.width, footage.facts.height, footage.facts.rotation) == (64, 96, rotation)
    assert footage.facts.pixel_aspect == ("3/4" if rotation in (90, 270) else "4/3")
    assert [read_index(frame.rgb) for frame in footage.read([1, 2, 3, 4])] == [0, 1, 2, 3]
    assert next(iter(footage.read([1]))).rgb.shape == (96, 64, 3)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_mirrored_movies_come_right_and_tell_that_pixels_differ_from_the_file(tmp_path: Path, rotation: int) -> None:
    footage = opened(tmp_path, rotation=rotation, mirror=True)
    assert footage.facts.rotation != 0
    assert [read_index(frame.rgb) for frame in footage.read([1, 2, 3, 4])] == [0, 1, 2, 3]


def test_pixel_aspect_is_told_and_pixels_are_not_resampled(tmp_path: Path) -> None:
    footage = opened(tmp_path, pixel_aspect="64/45")
    assert (footage.facts.width, footage.facts.height, footage.facts.pixel_aspect) == (96, 64, "64/45")


COLORS = np.array([[200, 40, 30], [30, 180, 60], [40, 60, 190], [128, 128, 128], [250, 250, 250], [5, 5, 5]], np.uint8)


def patches(index: int, width: int, height: int) -> np.ndarray:
    """Upright bars of flat colour; as 16 bits, so that 10-bit codecs lose nothing."""
    columns = np.arange(width) * len(COLORS) // width
    return np.broadcast_to(COLORS[columns].astype(np.uint16) * 257, (height, width, 3)).copy()


def measured(footage: Footage) -> np.ndarray:
    rgb = next(iter(footage.read([2]))).rgb
    width = rgb.shape[1] // len(COLORS)
    return np.array([rgb[:, i * width + width // 4 : i * width + 3 * width // 4].mean((0, 1)) for i in range(6)])


@pytest.mark.parametrize("color_range", [1, 2], ids=["limited", "full"])
@pytest.mark.parametrize("colorspace", [1, 5, 9], ids=["bt709", "bt601", "bt2020"])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv420p10le", "yuv422p10le"])
def test_colors_survive_every_matrix_and_range(
    tmp_path: Path, pixel_format: str, colorspace: int, color_range: int
) -> None:
    options = {"color_range": color_range, "colorspace": colorspace, "picture": patches, "size": (192, 64)}
    footage = opened(tmp_path, "c.mkv", pixel_format=pixel_format, codec_options={"crf": "1"}, **options)
    assert np.abs(measured(footage) - COLORS).max() <= 4


@pytest.mark.parametrize("size, colorspace", [((192, 64), 5), ((1280, 720), 1)], ids=["small", "hd"])
def test_unsaid_colors_are_bt709_in_hd_and_bt601_below(tmp_path: Path, size: tuple[int, int], colorspace: int) -> None:
    options = {"picture": patches, "size": size, "codec_options": {"crf": "1"}}
    footage = opened(tmp_path, "c.mkv", colorspace=colorspace, say_colors=False, **options)
    assert np.abs(measured(footage) - COLORS).max() <= 4


def slope(index: int, width: int, height: int) -> np.ndarray:
    """Gray that rises from left to right."""
    return np.broadcast_to(np.linspace(0, 65535, width).astype(np.uint16)[None, :, None], (height, width, 3)).copy()


@pytest.mark.parametrize("width", [56, 100, 360, 854, 1000, 1080, 1922])
def test_every_column_of_odd_widths_is_the_file_s(tmp_path: Path, width: int) -> None:
    """Quick conversions of pixels work on many at once, and may leave what is left over at the right undone."""
    footage = opened(tmp_path, "c.mkv", picture=slope, size=(width, 32), codec_options={"crf": "1"})
    wanted = np.linspace(0, 255, width)[None, :, None]
    for frame in footage.read([1, 2, 3, 4]):
        assert np.abs(frame.rgb - wanted).max() <= 6


@pytest.mark.parametrize(
    "name, codec, pixel_format",
    [
        ("prores.mov", "prores_ks", "yuv422p10le"),
        ("hevc.mkv", "libx265", "yuv444p12le"),
        ("ffv1.mkv", "ffv1", "gbrp16le"),
        ("png.mov", "png", "rgb24"),
        ("animation.mov", "qtrle", "argb"),
    ],
)
def test_deep_and_rgb_codecs(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    options = {"color_range": 1, "colorspace": 1} if pixel_format.startswith("yuv") else {}
    footage = opened(tmp_path, name, codec=codec, pixel_format=pixel_format, picture=patches, size=(192, 64), **options)
    assert np.abs(measured(footage) - COLORS).max() <= 4


def test_alpha_comes_beside_the_colors_and_leaves_them_as_they_are(tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.arange(192, dtype=np.uint16), (64, 192))

    def transparent(index: int, width: int, height: int) -> np.ndarray:
        return np.dstack([patches(index, width, height), ramp * 257])

    footage = opened(tmp_path, "a.mov", codec="qtrle", pixel_format="argb", picture=transparent, size=(192, 64))
    assert footage.facts.alpha
    assert np.abs(measured(footage) - COLORS).max() <= 1
    (frame,) = footage.read([1])
    assert frame.alpha is not None and np.abs(frame.alpha - ramp.astype(int)).max() <= 1
    opaque = opened(tmp_path, "b.mp4")
    assert not opaque.facts.alpha and next(iter(opaque.read([1]))).alpha is None


def test_gray_movies_become_rgb(tmp_path: Path) -> None:
    footage = opened(tmp_path, "g.mkv", codec="ffv1", pixel_format="gray")
    assert [read_index(frame.rgb) for frame in footage.read([1, 3])] == [0, 2]
    assert next(iter(footage.read([1]))).rgb.max() == 255
