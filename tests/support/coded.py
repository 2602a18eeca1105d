# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that carry their frame's index, so that a test can tell which frame it was given. Needs numpy only.

A coded picture is a grid of black and white cells, six across and four down. The top-left cell is white and the other
corners are black, so a turned or mirrored picture is noticed; the cells between hold sixteen bits of the index, lowest
first, and four check bits. Cells survive lossy codecs, odd sizes and a render at the clip's size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

COLUMNS, ROWS = 6, 4
_CORNERS = {(0, 0): 1, (0, COLUMNS - 1): 0, (ROWS - 1, 0): 0, (ROWS - 1, COLUMNS - 1): 0}
_CELLS = [(row, column) for row in range(ROWS) for column in range(COLUMNS) if (row, column) not in _CORNERS]
LARGEST = 0xFFFF


def coded_picture(index: int, width: int, height: int) -> NDArray[np.uint8]:
    """The picture [height,width,3] of one index, 0 to 65535."""
    bits = np.zeros((ROWS, COLUMNS), np.uint8)
    for cell, bit in _CORNERS.items():
        bits[cell] = bit
    for place, cell in enumerate(_CELLS):
        bits[cell] = _word(index) >> place & 1
    rows = np.arange(height) * ROWS // height
    columns = np.arange(width) * COLUMNS // width
    gray = bits[rows][:, columns] * np.uint8(255)
    return np.repeat(gray[:, :, None], 3, axis=2)


def read_index(rgb: NDArray[np.generic]) -> int:
    """The index in a picture [H,W,3 or more] of 8-bit values. Raises ValueError if it is no upright coded picture."""
    levels = _cell_levels(np.asarray(rgb)[:, :, :3].astype(np.float32).mean(axis=2))
    if np.any((levels > 90) & (levels < 165)):
        raise ValueError(f"cells are neither black nor white:\n{levels.round()}")
    bits = levels > 128
    if any(bits[cell] != bool(bit) for cell, bit in _CORNERS.items()):
        raise ValueError(f"the corners are wrong, so the picture is not upright:\n{levels.round()}")
    word = sum(int(bits[cell]) << place for place, cell in enumerate(_CELLS))
    if _word(word & LARGEST) != word:
        raise ValueError(f"the check bits are wrong:\n{levels.round()}")
    return word & LARGEST


def _word(index: int) -> int:
    if not 0 <= index <= LARGEST:
        raise ValueError(f"index {index} does not fit in 16 bits")
    check = 0xA ^ index ^ index >> 4 ^ index >> 8 ^ index >> 12
    return index | (check & 0xF) << 16


def _cell_levels(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the middle of each cell [ROWS,COLUMNS]."""
    height, width = gray.shape
    levels = np.empty((ROWS, COLUMNS), np.float32)
    for row in range(ROWS):
        for column in range(COLUMNS):
            top, bottom = height * (row + 0.25) / ROWS, height * (row + 0.75) / ROWS
            left, right = width * (column + 0.25) / COLUMNS, width * (column + 0.75) / COLUMNS
            levels[row, column] = gray[round(top) : round(bottom), round(left) : round(right)].mean()
    return levels
