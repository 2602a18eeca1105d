# SPDX-License-Identifier: Apache-2.0
"""Pictures and disparity beside each other, for the eye."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Tile = NDArray[np.uint8] | NDArray[np.float32]

WIDTH, TITLE_HEIGHT = 240, 22


def grid(titles: Sequence[str], rows: Sequence[Sequence[Tile]]) -> bytes:
    """A PNG with a title over each column. A tile is a picture [H,W,3], or disparity [H,W], which is shown over its own
    1st to 99th percentile; a row's tiles have the same aspect.
    """
    lines = [np.hstack([_title(text) for text in titles])]
    for row in rows:
        height, width = row[0].shape[:2]
        size = (WIDTH, round(WIDTH * height / width))
        tiles = [cv2.resize(_bgr(tile), size, interpolation=cv2.INTER_AREA).astype(np.uint8) for tile in row]
        lines.append(np.hstack(tiles))
    return cv2.imencode(".png", np.vstack(lines))[1].tobytes()


def _bgr(tile: Tile) -> NDArray[np.uint8]:
    if tile.ndim == 3:
        return cast("NDArray[np.uint8]", cv2.cvtColor(tile, cv2.COLOR_RGB2BGR))
    low, high = np.percentile(tile, (1, 99))
    share = np.clip((tile - low) / max(float(high - low), 1e-12), 0, 1)
    return cast("NDArray[np.uint8]", cv2.applyColorMap((share * 255).astype(np.uint8), cv2.COLORMAP_INFERNO))


def _title(text: str) -> NDArray[np.uint8]:
    canvas = np.full((TITLE_HEIGHT, WIDTH, 3), 255, np.uint8)
    cv2.putText(canvas, text[:30], (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return canvas
