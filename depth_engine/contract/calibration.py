# SPDX-License-Identifier: Apache-2.0
"""From raw disparity to depth: the task that fits it, and calibration.json, which keeps it.

Positions are as in `tasks`: pixels of the source from the picture's top left corner, a pixel's centre at .5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .codec import CONTRACT_VERSION


@dataclass(frozen=True, slots=True)
class DepthObservation:
    """A place in the frame with file number `number` whose depth along the camera's axis is known.

    depth: positive, in metres or whatever unit the calibration shall have. weight: how much it counts.
    """

    number: int
    x: float
    y: float
    depth: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class CalibrateJob:
    """Fit scale and shift of each shot's disparity to known depths, and keep them in calibration.json.

    observations: without any, the calibration that is there is kept. source: where they come from, for people. far: the
    depth at which a shot's farthest disparity stands where only one observation tells of it. write_z: add the channel
    Z to the EXRs. remove: take the calibration away, and Z with it.
    """

    result: str
    observations: tuple[DepthObservation, ...] = ()
    source: str = ""
    far: float | None = None
    write_z: bool = False
    remove: bool = False
    kind: Literal["calibrate"] = "calibrate"
    contract_version: int = CONTRACT_VERSION


@dataclass(frozen=True, slots=True)
class ShotCalibration:
    """Depth = 1 / (scale * Y + shift) in the shot from file number first to last; values <= 0 are sky.

    points: observations in the shot, of which `inliers` agree. median_error, high_error: median and 90th percentile of
    the agreeing points' depth error as a share of their depth. scale_error: standard error of the scale as a share of
    it. coverage: how much of the shot's 1-99 % range of disparity the agreeing points span; less than a half says
    little about what lies outside.
    """

    first: int
    last: int
    scale: float
    shift: float
    points: int
    inliers: int
    median_error: float
    high_error: float
    scale_error: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """calibration.json, and the answer to a CalibrateJob; after a removal without shots.

    problems: a sentence for each shot that could not be calibrated. has_z: the EXRs hold Z by it. picture: a chart of
    the errors. errors: only in the answer: each observation's error in the order of the request, the fitted depth over
    the given one minus 1; None where its shot is not calibrated or the fit gives sky.
    """

    shots: tuple[ShotCalibration, ...]
    source: str = ""
    problems: tuple[str, ...] = ()
    has_z: bool = False
    picture: str | None = None
    errors: tuple[float | None, ...] = ()
    contract_version: int = CONTRACT_VERSION
