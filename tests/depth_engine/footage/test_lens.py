# SPDX-License-Identifier: GPL-3.0-or-later
"""The field of view that cameras note in their files."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from depth_engine.contract import ImagesSource, MovieSource
from depth_engine.footage import open_footage

FULL_FRAME_28 = math.degrees(2 * math.atan(18 / 28))


def save(path: Path, size: tuple[int, int] = (96, 64), orientation: int = 1, **notes: float) -> Path:
    """A picture with these notes of its camera, by EXIF's names."""
    from PIL.ExifTags import Base

    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    camera = exif.get_ifd(0x8769)
    for name, value in notes.items():
        camera[Base[name]] = IFDRational(value) if isinstance(value, float) else value
    Image.new("RGB", size, (90, 120, 60)).save(path, exif=exif)
    return path


def view(path: Path) -> float | None:
    return open_footage(ImagesSource(str(path.parent), (path.name,))).facts.field_of_view


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_the_equivalent_focal_length_tells_the_angle(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"a{suffix}", FocalLengthIn35mmFilm=28)
    assert view(path) == pytest.approx(FULL_FRAME_28, rel=1e-3)


def test_focal_length_and_sensor_tell_it_too(tmp_path: Path) -> None:
    """A sensor 23.5 mm wide behind 35 mm, in pictures that were made smaller since."""
    notes = {"FocalLength": 35.0, "FocalPlaneXResolution": 6000 / 2.35, "FocalPlaneResolutionUnit": 3,
             "ExifImageWidth": 6000, "ExifImageHeight": 4000}  # fmt: skip
    assert view(save(tmp_path / "a.jpg", **notes)) == pytest.approx(
        math.degrees(2 * math.atan(23.5 / 2 / 35)), rel=1e-3
    )


def test_an_upright_picture_has_the_narrow_angle(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", orientation=6, FocalLengthIn35mmFilm=28)
    assert view(path) == pytest.approx(math.degrees(2 * math.atan(12 / 28)), rel=1e-3)


@pytest.mark.parametrize("notes", [{}, {"FocalLengthIn35mmFilm": 0}, {"FocalLength": 35.0}])
def test_nothing_is_made_up(tmp_path: Path, notes: dict[str, float]) -> None:
    assert view(save(tmp_path / "a.jpg", **notes)) is None


def test_a_phone_s_movie_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as file:
        file.metadata["com.apple.quicktime.camera.focal_length.35mm_equivalent"] = "28"
        stream = file.add_stream("mpeg4", rate=24)
        stream.width, stream.height = 96, 64
        for _ in range(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 96, 3), np.uint8))))
        file.mux(stream.encode())
    assert open_footage(MovieSource(str(path))).facts.field_of_view == pytest.approx(FULL_FRAME_28, rel=1e-3)
