# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact sheet."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_engine.outputs.sheet import spread, write_sheet


def test_the_frames_are_spread_from_the_first_to_the_last() -> None:
    assert spread([5]) == [5]
    assert spread(range(3, 9)) == [3, 4, 5, 6, 7, 8]
    numbers = spread(range(1, 1001))
    assert len(numbers) == 16 and (numbers[0], numbers[-1]) == (1, 1000)


@pytest.mark.parametrize(("count", "size"), [(1, (60, 40)), (5, (180, 80)), (16, (240, 160))])
def test_pictures_stand_in_rows_in_their_order(tmp_path: Path, count: int, size: tuple[int, int]) -> None:
    tiles = [np.full((40, 60, 3), 10 * number + 20, np.uint8) for number in range(count)]
    write_sheet(tmp_path / "a.png", tiles)
    sheet = cv2.imread(str(tmp_path / "a.png"))
    assert sheet is not None and sheet.shape[1::-1] == size
    columns = size[0] // 60
    for number in range(count):
        assert sheet[40 * (number // columns) + 5, 60 * (number % columns) + 5, 0] == 10 * number + 20


def test_a_sheet_of_large_pictures_stays_small(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.png", [np.zeros((1080, 1920, 3), np.uint8)] * 16)
    sheet = cv2.imread(str(tmp_path / "a.png"))
    assert sheet is not None and max(sheet.shape) <= 1024
