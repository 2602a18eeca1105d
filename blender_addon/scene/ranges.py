# SPDX-License-Identifier: GPL-3.0-or-later
"""From a fitted calibration to the live controls: which Near, Far and Range place a shot at its true depth. No bpy.

Both are linear in inverse depth, so Near and Far at the ends of the range meet scale * Y + shift exactly. Sky, where
that is not above 0, and all that is farther than SKY times the nearest, stands at Far.
"""

from __future__ import annotations

from typing import NamedTuple

from ..engine.contract import ShotCalibration, ShotRange
from .result import Result
from .timing import Key, shot_frames

SKY = 1000.0


class Range(NamedTuple):
    """The four controls of a shot: disparity `high` stands at `near`, `low` at `far`."""

    near: float
    far: float
    low: float
    high: float


NAMES = ("Near", "Far", "Range Min", "Range Max")
"""The controls' names, in the order of `Range`."""


def calibrated_range(shot: ShotRange, fit: ShotCalibration) -> Range:
    """Where the calibration puts all disparity of the shot, sky cropped."""
    nearest = fit.scale * shot.max + fit.shift
    farthest = max(fit.scale * shot.min + fit.shift, nearest / SKY)
    return Range(1 / nearest, 1 / farthest, (farthest - fit.shift) / fit.scale, shot.max)


def range_keys(result: Result, near: float, far: float) -> tuple[list[Key], ...]:
    """Keys of the four controls, from each shot's first computed file on; near, far: of shots without calibration."""
    fits = {fit.first: fit for fit in (result.calibration.shots if result.calibration else ())}
    keys: tuple[list[Key], ...] = ([], [], [], [])
    for shot, frame in shot_frames(result.manifest.shots, result.numbers, result.number_one):
        fit = fits.get(shot.first)
        values = calibrated_range(shot, fit) if fit else Range(near, far, shot.p1, shot.p99)
        for curve, value in zip(keys, values):
            curve.append(Key(frame, value, hold=True))
    return keys
