# SPDX-License-Identifier: GPL-3.0-or-later
"""NPZ parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from depth_engine.outputs.npz import NpzParts, part_names
from tests.depth_engine.oracle import smooth

NUMBERS = range(3, 3 + 3 * 130, 3)


def test_parts_hold_every_frame_in_order_of_their_names(tmp_path: Path):
    parts = NpzParts(tmp_path, "clip", NUMBERS)
    for number in NUMBERS:
        parts.append(smooth(number))
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == part_names("clip", NUMBERS)
    assert files[0] == "clip.000003-000192.npz" and len(files) == 3
    loaded = [np.load(tmp_path / name, allow_pickle=False) for name in files]
    assert [part["frame_numbers"].dtype for part in loaded] == [np.int64] * 3
    np.testing.assert_array_equal(np.concatenate([part["frame_numbers"] for part in loaded]), NUMBERS)
    disparity = np.concatenate([part["disparity"] for part in loaded])
    assert disparity.dtype == np.float32
    np.testing.assert_array_equal(disparity, [smooth(number) for number in NUMBERS])


@pytest.mark.parametrize("written", [0, 1, 64, 65])
def test_an_unfinished_part_is_taken_away(tmp_path: Path, written: int):
    parts = NpzParts(tmp_path, "clip", NUMBERS)
    for number in NUMBERS[:written]:
        parts.append(smooth(number))
    parts.discard()
    assert [path.name for path in tmp_path.iterdir()] == part_names("clip", NUMBERS)[: written // 64]
