# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth EXRs: exact values, one channel Y, metadata that other programs read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from depth_engine.outputs.exr import read_exr, write_exr

RNG = np.random.default_rng(7)
ANY_FLOATS = np.concatenate([RNG.normal(scale=10.0**e, size=(3, 17)) for e in (-30, -3, 0, 6, 30)]).astype(np.float32)


def test_float_values_come_back_bit_for_bit(tmp_path: Path):
    write_exr(tmp_path / "y.exr", ANY_FLOATS, {})
    assert read_exr(tmp_path / "y.exr").tobytes() == ANY_FLOATS.tobytes()


def test_half_values_are_the_nearest_half(tmp_path: Path):
    values = RNG.normal(scale=100, size=(8, 9)).astype(np.float32)
    write_exr(tmp_path / "y.exr", values, {}, half=True)
    np.testing.assert_array_equal(read_exr(tmp_path / "y.exr"), values.astype(np.float16).astype(np.float32))


@pytest.mark.parametrize("half", [False, True])
def test_the_file_holds_one_flat_channel_and_says_what_it_is(tmp_path: Path, half: bool):
    metadata = {"source": "clip.mp4", "imageCounter": 1042, "framesPerSecond": Fraction(24000, 1001), "maximum": 2.5}
    write_exr(tmp_path / "y.exr", np.ones((4, 6), np.float32), metadata, half=half)
    with OpenEXR.File(str(tmp_path / "y.exr")) as file:
        header = file.header()
        assert list(file.channels()) == ["Y"]
        assert file.channels()["Y"].pixels.dtype == (np.float16 if half else np.float32)
        assert header["compression"] == OpenEXR.ZIP_COMPRESSION
        assert {name: header[name] for name in metadata} == metadata


def test_nothing_is_left_where_the_folder_is_not_there(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        write_exr(tmp_path / "missing" / "y.exr", np.ones((4, 6), np.float32), {})
    assert list(tmp_path.iterdir()) == []
