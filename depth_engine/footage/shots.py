# SPDX-License-Identifier: Apache-2.0
# pyright: reportMissingTypeStubs=false
# (PySceneDetect's types are in its source.)
"""Shots: where footage is cut from one scene to another, found or told."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Footage, Rgb

Gray = NDArray[np.uint8]
Searched = Callable[[int, int], None]
"""Called with the number of frames looked at and of all; it may raise to end the search."""

SIDE = 128
"""Frames are compared as pictures of at most this many pixels along the longest side,"""
OUTLINE = 48
"""and where it matters whether one shows the same as another, of this many."""
SALIENCE = 2.5
"""A candidate changes at least so many times as much as the two frames on each side of it,"""
LEAST = 10.0
"""and by so much of 255 on average."""
SHORTEST = 5
"""Frames of the shortest shot that is found, and those on each side of a cut that must not resemble each other."""
LIKENESS = 0.8
"""The correlation from which two pictures show the same."""
FLAT = 2.0
"""A picture whose brightness varies less (of 255, standard deviation) shows nothing that could be compared;"""
NEAR = 8.0
"""it resembles pictures that are as bright as itself to within this."""


def told_starts(numbers: Sequence[int], wanted: str) -> list[int]:
    """The first frames of further shots that `contract.Options.shots` tells: none for "auto" and "off".

    Raises DepthError BAD_INPUT if one lies outside of the frames to compute, whose numbers these are.
    """
    starts = [] if wanted in ("auto", "off") else [int(part) for part in wanted.split(",")]
    for start in starts:
        if not numbers[0] <= start <= numbers[-1]:
            raise DepthError(
                ExitCode.BAD_INPUT,
                f"The shot at frame {start} lies outside of the frames {numbers[0]} to {numbers[-1]}.",
                "Give the positions of the shots' first frames in the footage.",
            )
    return starts


def find_cuts(footage: Footage, first: int, last: int, searched: Searched) -> list[int]:
    """The first frame after each cut between the frames `first` and `last`, all of which are looked at.

    The candidates are PySceneDetect's: frames that change far more than those around them, so motion, shake,
    dissolves and fades are none. A flash, a lamp or an explosion looks the same to it, but the scene is still there or
    comes back: a candidate is a cut if no frame shortly before it resembles one shortly after it, whatever their
    brightness and a little apart.

    All frames count, also where only some are computed: two far apart may differ like those of two scenes, and reading
    costs little beside computing.
    """
    from scenedetect import AdaptiveDetector, FrameTimecode  # a search only: importing it takes a moment

    # Brightness only: where there is little colour, in fades and at night, hue is noise.
    detector = AdaptiveDetector(SALIENCE, min_scene_len=1, min_content_val=LEAST, luma_only=True)
    candidates: deque[int] = deque()
    around: deque[Rgb] = deque(maxlen=2 * SHORTEST)
    cuts: list[int] = []
    for frame in footage.read(range(first, last + 1)):
        around.append(_shrunk(frame.rgb, SIDE))
        found = detector.process_frame(FrameTimecode(frame.number, 1.0), cv2.cvtColor(around[-1], cv2.COLOR_RGB2BGR))
        candidates.extend(timecode.frame_num for timecode in found)
        if candidates and candidates[0] == frame.number - SHORTEST + 1:
            start, earlier = candidates.popleft(), cuts[-1] if cuts else first
            if start - earlier >= SHORTEST and not _resemble([*around][:SHORTEST], [*around][SHORTEST:]):
                cuts.append(start)
        searched(frame.number - first + 1, last - first + 1)
    return cuts


def _shrunk(rgb: Rgb, side: int) -> Rgb:
    height, width = rgb.shape[:2]
    scale = min(1.0, side / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cast(Rgb, cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))


def _resemble(some: Sequence[Rgb], others: Sequence[Rgb]) -> bool:
    """Whether one of some pictures shows what one of the others shows."""
    pairs = itertools.product(map(_outline, some), map(_outline, others))
    return any(_likeness(one, other) >= LIKENESS for one, other in pairs)


def _outline(rgb: Rgb) -> Gray:
    return cast(Gray, cv2.cvtColor(_shrunk(rgb, OUTLINE), cv2.COLOR_RGB2GRAY))


def _likeness(one: Gray, other: Gray) -> float:
    """The correlation, at most 1, of the middle of a picture [H,W] with the best place for it in the other."""
    height, width = one.shape
    middle = one[height // 12 : height - height // 12, width // 12 : width - width // 12]
    if min(middle.std(), other.std()) < FLAT:
        return float(abs(middle.mean() - other.mean()) < NEAR)
    return float(cv2.matchTemplate(other, middle, cv2.TM_CCOEFF_NORMED).max())
