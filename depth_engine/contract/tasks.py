# SPDX-License-Identifier: Apache-2.0
"""Work on a finished result. A task is a job folder of its own inside the result, tasks/<kind>-<short id>/; its
job.json is one of these requests, and its answer.json the answer of the same kind.

`result` is the result's folder. Positions are in pixels of the source as the model saw it (SourceFacts.width, height),
from the picture's top left corner, so a pixel's centre is at .5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .codec import CONTRACT_VERSION

TaskKind = Literal["sample"]


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


Task = SampleJob
Answer = SampleAnswer

TASKS: dict[str, tuple[type[Any], type[Any]]] = {"sample": (SampleJob, SampleAnswer)}
"""Request and answer of each kind."""
