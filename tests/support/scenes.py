# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of different scenes, still or moving, and movies cut from them. Needs the engine's environment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.support.movies import make_movie

Picture = NDArray[np.uint8]

SIZE = 192, 108
_WORLD = 4
"""A scene is this many pictures wide and high."""


class Scene:
    """A world of soft and hard shapes in its own colours; a camera looks at a part of it."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        width, height = SIZE[0] * _WORLD, SIZE[1] * _WORLD
        world = np.zeros((height, width, 3), np.float32)
        for cells in (6, 24, 96):
            coarse = random.random((cells * height // width + 1, cells, 3), np.float32)
            world += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * (6 / cells) ** 0.5
        world = np.clip(60 + 50 * world, 0, 255)
        for _ in range(150):
            at, radius = (int(random.integers(width)), int(random.integers(height))), int(random.integers(6, 40))
            cv2.circle(world, at, radius, [int(level) for level in random.integers(0, 200, 3)], -1, cv2.LINE_AA)
        self._world = world.astype(np.uint8)

    def view(self, x: float = 0.5, y: float = 0.5, light: float = 1.0) -> Picture:
        """The picture around a place (0 to 1 over the world), with its pixels multiplied by `light` and cut at 255."""
        (width, height), (rows, columns) = SIZE, self._world.shape[:2]
        left, top = round(x * (columns - width)), round(y * (rows - height))
        return lit(self._world[top : top + height, left : left + width], light)


def lit(picture: Picture, light: float) -> Picture:
    return np.clip(picture * light, 0, 255).astype(np.uint8)


def blend(one: Picture, other: Picture, share: float) -> Picture:
    """From one picture (share 0) to the other (1)."""
    return np.rint(one * (1 - share) + other.astype(np.float64) * share).astype(np.uint8)


def make_clip(path: Path, pictures: Sequence[Picture]) -> Path:
    """Encode pictures of SIZE as H.264, as a camera does: lossy, with few keyframes and B-frames."""
    return make_movie(
        path,
        frames=len(pictures),
        size=SIZE,
        gop=250,
        b_frames=2,
        picture=lambda index, _width, _height: pictures[index],
        codec_options={"crf": "23"},
    )
