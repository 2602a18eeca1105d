# SPDX-License-Identifier: Apache-2.0
"""Shots: where footage is cut from one scene to another, found or told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Footage, Rgb

Searched = Callable[[int, int], None]
"""Called with the number of frames looked at and of all; it may raise to end the search."""

Small = NDArray[np.float32]

SIDE = 48
"""A frame is compared as a picture of at most this many pixels along its longest side."""
REACH = 5
"""Frames on each side of a cut that are looked at; also the shortest shot that is found."""
LEAST = 0.09
SALIENCE = 3.0


def shot_starts(footage: Footage, numbers: Sequence[int], wanted: str, searched: Searched) -> list[int]:
    """The numbers of the frames that begin a further shot, increasing; numbers: of the frames to compute.

    wanted: as `contract.Options.shots`. Raises DepthError BAD_INPUT where a told shot lies outside of the frames, or a
    frame cannot be decoded.
    """
    if wanted == "auto":
        return find_cuts(footage, numbers[0], numbers[-1], searched)
    return [] if wanted == "off" else told_starts(numbers, wanted)


def told_starts(numbers: Sequence[int], wanted: str) -> list[int]:
    """The frames of a list such as "49,120". Raises DepthError BAD_INPUT if one is not among first to last."""
    starts = [int(part) for part in wanted.split(",")]
    for start in starts:
        if not numbers[0] <= start <= numbers[-1]:
            raise DepthError(
                ExitCode.BAD_INPUT,
                f"The shot at frame {start} lies outside of the frames {numbers[0]} to {numbers[-1]}.",
                "Give the positions of the shots' first frames in the footage.",
            )
    return starts


def find_cuts(footage: Footage, first: int, last: int, searched: Searched) -> list[int]:
    """The first frame after each cut between two frames, of which `first` and `last` are the outermost."""
    cuts: list[int] = []
    around: deque[Small] = deque(maxlen=2 * REACH)
    total = last - first + 1
    for done, frame in enumerate(footage.read(range(first, last + 1)), start=1):
        around.append(_small(frame.rgb))
        start = frame.number - REACH + 1
        if len(around) == 2 * REACH and _is_cut(list(around)) and (not cuts or start - cuts[-1] >= REACH):
            cuts.append(start)
        searched(done, total)
    return cuts


def _small(rgb: Rgb) -> Small:
    height, width = rgb.shape[:2]
    scale = SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return cast(Small, small.astype(np.float32) / 255)


def _is_cut(around: list[Small]) -> bool:
    """Whether the pictures change for good between the first REACH and the rest."""
    steps = [_difference(*pair) for pair in pairwise(around)]
    change = steps.pop(REACH - 1)
    if change < LEAST or change < SALIENCE * max(steps):
        return False
    return min(_difference(a, b) for a in around[:REACH] for b in around[REACH:]) > change / 2


def _difference(one: Small, other: Small) -> float:
    """Mean absolute difference, 0 to 1."""
    return float(np.mean(np.abs(one - other)))
