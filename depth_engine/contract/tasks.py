# SPDX-License-Identifier: Apache-2.0
"""Work on a finished result. A task is a job folder of its own inside the result, tasks/<kind>-<short id>/; its
job.json is one of these requests, and its answer.json the answer of the same kind.

`result` is the result's folder. Positions are in pixels of the source as the model saw it (SourceFacts.width, height),
from the picture's top left corner, so a pixel's centre is at .5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .calibration import CalibrateJob, Calibration
from .codec import CONTRACT_VERSION
from .errors import DepthError, ExitCode
from .result import Sequence

TaskKind = Literal["sample", "calibrate", "normals"]


@dataclass(frozen=True, slots=True)
class PixelPosition:
    """A place in the frame with file number `number`."""

    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class SampleJob:
    """Read the raw disparity Y at these places."""

    result: str
    positions: tuple[PixelPosition, ...]
    kind: Literal["sample"] = "sample"
    contract_version: int = CONTRACT_VERSION


@dataclass(frozen=True, slots=True)
class SampleAnswer:
    """Y at each place, in the order of the request."""

    values: tuple[float, ...]
    contract_version: int = CONTRACT_VERSION


@dataclass(frozen=True, slots=True)
class NormalsJob:
    """Write what relighting needs: normals in camera space, and the footage's own lighting.

    field_of_view: horizontal, in degrees. near, far: the distances at which the nearest and the farthest disparity of
    each shot's range stand; calibrated and metric depth is taken as it is. smooth: standard deviation of the window
    that takes noise out of depth, in percent of the picture's width; 0 leaves it as it is.
    """

    result: str
    field_of_view: float = 55.0
    near: float = 1.0
    far: float = 20.0
    smooth: float = 0.2
    kind: Literal["normals"] = "normals"
    contract_version: int = CONTRACT_VERSION

    def __post_init__(self) -> None:
        _require(1 <= self.field_of_view <= 170, f"field_of_view {self.field_of_view:g} is no angle", "Use 1 to 170.")
        _require(0 < self.near < self.far, f"near {self.near:g} is not before far {self.far:g}", "Both are above 0.")
        _require(0 <= self.smooth <= 5, f"smooth {self.smooth:g} is out of range", "Use 0 to 5 percent of the width.")


def _require(condition: bool, message: str, hint: str) -> None:
    if not condition:
        raise DepthError(ExitCode.BAD_JOB, f"The option {message}.", hint)


@dataclass(frozen=True, slots=True)
class NormalsAnswer:
    """Where the files lie, and what they were made with; also kept as normals/normals.json, written last.

    normals: EXR, RGB: unit normals, x right, y up, z towards the camera. lighting: EXR, Y: scene-linear luminance of
    the footage, widely blurred, at grid size; light_level: its geometric mean over the clip.
    """

    normals: Sequence
    lighting: Sequence
    light_level: float
    frames: int
    field_of_view: float
    near: float
    far: float
    smooth: float
    contract_version: int = CONTRACT_VERSION


Task = SampleJob | CalibrateJob | NormalsJob
Answer = SampleAnswer | Calibration | NormalsAnswer

TASKS: dict[str, tuple[type[Any], type[Any]]] = {
    "sample": (SampleJob, SampleAnswer),
    "calibrate": (CalibrateJob, Calibration),
    "normals": (NormalsJob, NormalsAnswer),
}
"""Request and answer of each kind."""
