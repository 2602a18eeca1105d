# SPDX-License-Identifier: GPL-3.0-or-later
"""NPZ parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from depth_engine.outputs.npz import NpzParts, part_names
from tests.depth_engine.oracle import smooth

NUMBERS = range(3, 3 + 3 * 130, 3)


def _parts(folder: Path, done: int = 0) -> NpzParts:
    for name in ("npz", "work"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return NpzParts(folder / "npz", folder / "work", "clip", NUMBERS, done)


def _append(parts: NpzParts, first: int, last: int) -> None:
    for number in NUMBERS[first:last]:
        parts.append(smooth(number))
    parts.close()


def test_parts_hold_every_frame_in_order_of_their_names(tmp_path: Path):
    _append(_parts(tmp_path), 0, 130)
    files = sorted(path.name for path in (tmp_path / "npz").iterdir())
    assert files == part_names("clip", NUMBERS)
    assert files[0] == "clip.000003-000192.npz" and len(files) == 3
    loaded = [np.load(tmp_path / "npz" / name, allow_pickle=False) for name in files]
    assert [part["frame_numbers"].dtype for part in loaded] == [np.int64] * 3
    np.testing.assert_array_equal(np.concatenate([part["frame_numbers"] for part in loaded]), NUMBERS)
    disparity = np.concatenate([part["disparity"] for part in loaded])
    assert disparity.dtype == np.float32
    np.testing.assert_array_equal(disparity, [smooth(number) for number in NUMBERS])
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("written", [0, 1, 64, 65])
def test_a_part_that_is_not_complete_is_no_part(tmp_path: Path, written: int):
    parts = _parts(tmp_path)
    _append(parts, 0, written)
    assert [path.name for path in (tmp_path / "npz").iterdir()] == part_names("clip", NUMBERS)[: written // 64]
    assert all(path.is_file() for path in parts.files()) and len(parts.files()) == -(-written // 64)


@pytest.mark.parametrize(("broken_off", "safe"), [(1, 0), (1, 1), (50, 20), (64, 64), (65, 60), (130, 129), (130, 128)])
def test_it_goes_on_after_any_frame(tmp_path: Path, broken_off: int, safe: int):
    """Also where the part was completed after the point from which the job goes on."""
    _append(_parts(tmp_path / "whole"), 0, 130)
    _append(_parts(tmp_path), 0, broken_off)
    later = _parts(tmp_path, safe)
    assert all(path.is_file() for path in later.files())
    _append(later, safe, 130)
    for name in part_names("clip", NUMBERS):
        assert (tmp_path / "npz" / name).read_bytes() == (tmp_path / "whole" / "npz" / name).read_bytes()
