# SPDX-License-Identifier: Apache-2.0
"""A contact sheet: some frames of a result in one picture, to see at a glance what it is like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from depth_engine.footage.frame import Rgb
from depth_engine.inference.sizes import fit
from depth_engine.outputs.files import write_bytes

TILES = 16
LONGEST_SIDE = 1024


def spread(numbers: Sequence[int]) -> list[int]:
    """Up to TILES of these frames, from the first to the last, evenly."""
    places = np.linspace(0, len(numbers) - 1, min(TILES, len(numbers))).round()
    return [numbers[int(place)] for place in places]


def write_sheet(path: Path, tiles: Sequence[Rgb]) -> None:
    """Write pictures [H,W,3] of one size as a PNG: in rows, as many as there are rows, at most LONGEST_SIDE."""
    columns = math.ceil(math.sqrt(len(tiles)))
    rows = math.ceil(len(tiles) / columns)
    height, width = tiles[0].shape[:2]
    tile = (
        fit((width, height), LONGEST_SIDE // columns)
        if max(width, height) * columns > LONGEST_SIDE
        else (width, height)
    )
    sheet = np.zeros((rows * tile[1], columns * tile[0], 3), np.uint8)
    for at, picture in enumerate(tiles):
        row, column = divmod(at, columns)
        small = picture if tile == (width, height) else cv2.resize(picture, tile, interpolation=cv2.INTER_AREA)
        sheet[row * tile[1] : (row + 1) * tile[1], column * tile[0] : (column + 1) * tile[0]] = small
    _, data = cv2.imencode(".png", cv2.cvtColor(cast(Rgb, sheet), cv2.COLOR_RGB2BGR))
    write_bytes(path, data.tobytes())
