# SPDX-License-Identifier: Apache-2.0
"""Where things have moved from one frame to the next: dense optical flow (Kroeger et al. 2016, OpenCV's DIS)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.footage.frame import Rgb

Floats = NDArray[np.float32]
Grey = NDArray[np.uint8]

LONGEST, SHORTEST = 512, 48
"""Pixels: the largest side that flow is computed at, and the smallest that it can be computed at."""

RETURN = 1.0
"""Pixels that the way there and back may be off, besides a twentieth of its length: else something was hidden."""

CHANGE = 40
"""Levels of grey that a thing may change by from frame to frame."""


@dataclass(frozen=True, slots=True)
class Track:
    """For each pixel of the later of two frames, at the size of the disparity.

    places [h,w,2]: where (x, y) it was in the earlier one. certainty [h,w]: from 0, hidden or outside there, to 1.
    distance [h,w]: how far it has moved, in pixels.
    """

    places: Floats
    certainty: Floats
    distance: Floats

    def carried(self, values: Floats) -> Floats:
        """Values [h,w] of the earlier frame, where things are in the later one."""
        return _sampled(values, self.places)


def seen_by_flow(rgb: Rgb) -> Grey:
    """A frame [H,W,3] as flow sees it: grey, and neither large nor tiny."""
    height, width = rgb.shape[:2]
    scale = min(1.0, LONGEST / max(width, height))
    size = max(SHORTEST, round(width * scale)), max(SHORTEST, round(height * scale))
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def follow(earlier: Grey, later: Grey, size: tuple[int, int]) -> Track:
    """The motion between two frames of `seen_by_flow`, for disparity of this width and height."""
    back, there = _flow(later, earlier), _flow(earlier, later)
    places = _grid(later.shape[1::-1]) + back
    returned = _sampled(there, places) + back
    length = np.linalg.norm(back, axis=2)
    same = np.linalg.norm(returned, axis=2) < RETURN + 0.05 * length
    height, width = later.shape
    inside = (places >= 0).all(axis=2) & (places[..., 0] <= width - 1) & (places[..., 1] <= height - 1)
    change = np.abs(_sampled(earlier.astype(np.float32), places) - later)
    certainty: Floats = (same & inside & (change < CHANGE)).astype(np.float32)
    ratio = np.array([size[0] / width, size[1] / height], np.float32)
    moved = cv2.resize(back, size, interpolation=cv2.INTER_LINEAR) * ratio
    return Track(
        (_grid(size) + moved).astype(np.float32),
        cv2.resize(certainty, size, interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False),
        np.linalg.norm(moved, axis=2).astype(np.float32),
    )


def _flow(origin: Grey, target: Grey) -> Floats:
    """[h,w,2]: from each pixel of the one picture to where it is in the other."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return flow.calc(origin, target, np.zeros((*origin.shape, 2), np.float32)).astype(np.float32, copy=False)


def _grid(size: tuple[int, int]) -> Floats:
    """[h,w,2]: each pixel's own place."""
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    return np.stack([x, y], axis=2)


def _sampled(values: Floats, places: Floats) -> Floats:
    x, y = places[..., 0], places[..., 1]
    found = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found.astype(np.float32, copy=False)
