# SPDX-License-Identifier: Apache-2.0
"""What a depth model is to the rest of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from depth_engine.footage.frame import Frame

Disparity = NDArray[np.float32]

Kind = Literal["disparity", "metric"]
Precision = Literal["fp32", "fp16", "bf16"]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One published file: where it lies in the model's folder, its size and SHA-256."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a user wants to know before choosing a model; knowing it imports nothing heavy.

    kind: "disparity" (affine-invariant, near = large) or "metric" (Y = 1/metres). temporal: whether frames see each
    other. included: the weights come with the engine. window: frames that the model works on at once.
    seconds_per_megapixel: a first guess on a two-core CPU, until this machine has been measured.
    """

    name: str
    title: str
    kind: Kind
    temporal: bool
    licence: str
    commercial_use: bool
    summary: str
    files: tuple[WeightFile, ...]
    included: bool
    window: int
    seconds_per_megapixel: float


@dataclass(frozen=True, slots=True)
class ShotSpec:
    """One continuous shot: exact number of frames that will be pushed, and how their pixels lie.

    width, height: of the frames as stored. pixel_aspect: width of a pixel over its height. max_size: longest side
    that the model may see, or None.
    """

    frame_count: int
    width: int
    height: int
    pixel_aspect: float = 1.0
    max_size: int | None = None


@dataclass(frozen=True, slots=True)
class WindowProgress:
    """Where an estimator is: window of windows, step of steps, all from 1."""

    window: int
    windows: int
    step: int = 1
    steps: int = 1


Report = Callable[[WindowProgress], None]
"""Called by a model between steps. It raises Stop when the job was cancelled: let it through."""


class Stop(Exception):
    """The job was cancelled; raised by progress callbacks and never caught by models."""


class Estimator(Protocol):
    """Depth for one shot, frame by frame. Frames go in, finished disparity comes out in the same order."""

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        """Give the next frames; returns the disparity [h,w] float32 (at the model's own size) of all frames that are
        final now, which may be earlier frames, or none.
        """
        ...

    def finish(self, progress: Report) -> list[Disparity]:
        """No more frames come: the disparity of all frames not yet returned."""
        ...


class Model(Protocol):
    """Loaded weights on a device, ready for any number of shots."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def device(self) -> str: ...

    @property
    def precision(self) -> Precision: ...

    @property
    def weights(self) -> str:
        """For the manifest: the weights' SHA-256, or "supplied by the user"."""
        ...

    def open_shot(self, spec: ShotSpec) -> Estimator: ...


class ModelModule(Protocol):
    """The face of each model's folder, `depth_engine.models.<name>`; importing it imports nothing heavy."""

    INFO: ModelInfo

    def processed_size(self, spec: ShotSpec) -> tuple[int, int]:
        """Width and height of the pictures that the network sees for such a shot; never enlarged over the source
        beyond the network's smallest unit.
        """
        ...

    def memory_bytes(self, spec: ShotSpec, precision: Precision) -> int:
        """Peak memory of weights and activations."""
        ...

    def load(self, weights: Path | None, device: str, precision: Precision) -> Model:
        """Load the included weights, or those of a folder in the published layout.

        Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
        """
        ...
