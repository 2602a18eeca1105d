# SPDX-License-Identifier: Apache-2.0
"""What a depth model is to the rest of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode
from depth_engine.runtimes import TITLES, Runtime

if TYPE_CHECKING:
    from depth_engine.contract import Options
    from depth_engine.footage.frame import Frame

Disparity = NDArray[np.float32]

Kind = Literal["disparity", "metric"]
Group = Literal["Recommended", "Best Quality", "Fast", "Baselines"]
"""Under which heading a menu lists a model."""
Precision = Literal["fp32", "fp16", "bf16"]
SettingName = Literal[
    "seed",
    "noise",
    "steps",
    "guidance",
    "window",
    "overlap",
    "decode_chunk",
    "compat",
    "streaming",
    "ensemble",
    "stabilise",
]
"""A field of `Settings`."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model: where it lies in the model's folder, its size and SHA-256.

    repo, revision, repo_path: where the hub has it; url: where it lies elsewhere; all empty for files that come with
    the engine. sha256: empty where it is not known beforehand: a download is then held against the hub's own checksum,
    and noted for later.
    """

    path: str
    size_bytes: int
    sha256: str
    repo: str = ""
    revision: str = ""
    repo_path: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a user wants to know before choosing a model; knowing it imports nothing heavy.

    kind: "disparity" (affine-invariant, near = large) or "metric" (Y = 1/metres). temporal: whether frames see each
    other. included: the weights come with the engine. licence_url, licence_summary: what a user must accept before a
    download: where its text is, and what it says in a sentence or two. window: frames that the model works on at
    once by default. group: see `Group`. half_precision: what graphics cards compute it in. settings: those that the
    model understands; a job that asks for another one is refused (`Settings.refuse_foreign`).
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
    group: Group = "Baselines"
    licence_url: str = ""
    licence_summary: str = ""
    half_precision: Literal["fp16", "bf16"] = "bf16"
    settings: tuple[SettingName, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set of a model; fields as in `contract.Options`, None: the model's own default."""

    seed: int = 0
    noise: Path | None = None
    steps: int | None = None
    guidance: float | None = None
    window: int | None = None
    overlap: int | None = None
    decode_chunk: int | None = None
    compat: Literal["default", "reference"] = "default"
    streaming: bool = False
    ensemble: int | None = None
    stabilise: bool = False

    @staticmethod
    def of(options: Options) -> Settings:
        """The settings among a job's options."""
        return Settings(
            options.seed,
            Path(options.noise) if options.noise else None,
            options.steps,
            options.guidance,
            options.window,
            options.overlap,
            options.decode_chunk,
            options.compat,
            options.streaming,
            options.ensemble,
            options.stabilise,
        )

    def refuse_foreign(self, info: ModelInfo) -> None:
        """Raise DepthError BAD_JOB where something is set that the model does not understand."""
        for setting in fields(self):
            if getattr(self, setting.name) == setting.default or setting.name in info.settings:
                continue
            known = ", ".join(map(option, info.settings))
            raise DepthError(
                ExitCode.BAD_JOB,
                f"{info.name} has no setting {option(setting.name)}.",
                f"Leave it out; this model has {f'only {known}' if known else 'none of these settings'}.",
            )


def option(name: str) -> str:
    """A setting's name on the command line."""
    return "--" + name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class ShotSpec:
    """One continuous shot: exact number of frames that will be pushed, and how their pixels lie.

    width, height: of the frames as stored. pixel_aspect: width of a pixel over its height. max_size: longest side
    that the model may see, or None. start: how many frames of earlier shots the job computes before this shot.
    """

    frame_count: int
    width: int
    height: int
    pixel_aspect: float = 1.0
    max_size: int | None = None
    start: int = 0
    settings: Settings = Settings()


Residency = Literal["resident", "swapped", "offloaded", "fp8"]


@dataclass(frozen=True, slots=True)
class ExecutionPlan:
    """One way to run a model's networks, and the memory that it needs.

    residency: "resident" keeps all weights on the device; "swapped" only those of the stage at work; "offloaded"
    fetches the largest network's weights block by block; "fp8" stores them in 8 bits. chunked: attention and residual
    blocks work on slices, which changes no result. decode_chunk: frames decoded at once; 0 where a model has no such
    thing. stock: the published operations in the published order, for equal numbers, instead of quicker equivalents.
    runtime: what computes; all but torch are for processors.
    max_size, window: smaller than asked for, so that it fits; None: as asked for.
    device_bytes, host_bytes: peak memory of weights and activations on the device and beside it (on a CPU both count
    together).
    """

    precision: Precision
    residency: Residency = "resident"
    chunked: bool = False
    decode_chunk: int = 0
    stock: bool = False
    runtime: Runtime = "torch"
    max_size: int | None = None
    window: int | None = None
    device_bytes: int = 0
    host_bytes: int = 0

    def fitted(self, spec: ShotSpec) -> ShotSpec:
        """The shot as it is computed this way: seen smaller, or in shorter windows, where the plan says so."""
        settings = spec.settings if self.window is None else replace(spec.settings, window=self.window)
        return replace(spec, max_size=self.max_size or spec.max_size, settings=settings)

    @property
    def reduction(self) -> str:
        """What is smaller than asked for, in words; empty where nothing is."""
        parts = [f"seen with at most {self.max_size} pixels a side"] if self.max_size else []
        return " and ".join([*parts, f"in windows of {self.window} frames"] if self.window else parts)

    def describe(self) -> str:
        """For people: "fp16, weights swapped, in slices, 8 frames decoded at once"."""
        weights = {
            "resident": "all weights resident",
            "swapped": "weights swapped by stage",
            "offloaded": "weights fetched block by block",
            "fp8": "weights stored in fp8",
        }
        numbers = self.precision if self.runtime == "torch" else f"{self.precision} in {TITLES[self.runtime]}"
        parts = [numbers, weights[self.residency]]
        if self.chunked:
            parts.append("computed in slices")
        if self.decode_chunk:
            parts.append(f"{self.decode_chunk} frames decoded at once")
        if self.reduction:
            parts.append(f"{self.reduction} to fit")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class EstimatorState:
    """All that an estimator needs to go on later as if it had never stopped.

    pushed: frames that need not be pushed again. returned: frames whose disparity was given back. values: plain JSON.
    arrays: by name.
    """

    pushed: int
    returned: int
    values: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


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


@dataclass(frozen=True, slots=True)
class WindowSeam:
    """As `contract.Seam`, but first and last are indices in the shot, from 0, both included."""

    first: int
    last: int
    scale: float
    shift: float
    residual: float
    aligned_residual: float
    applied: bool


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

    def state(self) -> EstimatorState:
        """What `restore` needs; call it between pushes."""
        ...

    def restore(self, state: EstimatorState) -> None:
        """Take over where another estimator of the same shot, model and execution plan stopped; before any push."""
        ...

    def report(self) -> tuple[WindowSeam, ...]:
        """The overlaps of windows whose frames have all been returned or are about to be, in order."""
        ...


class Model(Protocol):
    """Loaded weights on a device, ready for any number of shots."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def device(self) -> str: ...

    @property
    def plan(self) -> ExecutionPlan: ...

    @property
    def weights(self) -> str:
        """For the manifest: the weights' SHA-256, or "supplied by the user"."""
        ...

    def open_shot(self, spec: ShotSpec) -> Estimator: ...


class ModelModule(Protocol):
    """The face of each model's folder, `depth_engine.models.<name>`; importing it imports nothing heavy."""

    INFO: ModelInfo

    def processed_size(self, spec: ShotSpec) -> tuple[int, int]:
        """Width and height of the pictures that the network sees for such a shot. `max_size` never enlarges: by
        itself a model shows small footage enlarged only where that was measured to be better.
        """
        ...

    def disparity_size(self, spec: ShotSpec) -> tuple[int, int]:
        """Width and height of the disparity that an estimator returns: what "processed" means for written depth."""
        ...

    def window_count(self, spec: ShotSpec) -> int:
        """Windows that the model needs for such a shot."""
        ...

    def guess_seconds(self, spec: ShotSpec, device: str, weights: Path | None = None) -> float:
        """Seconds for each frame, until this machine has been measured. weights: as for `load`."""
        ...

    def execution_plans(
        self, spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
    ) -> tuple[ExecutionPlan, ...]:
        """The ways to run such a shot with this precision, quickest first, each smaller in memory than those before it,
        on the device or beside it. Those that change no result come first. weights: as for `load`.

        Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS where a folder's networks cannot be told.
        """
        ...

    def load(self, weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
        """Load the included or fetched weights, or those of a folder in the published layout.

        Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
        """
        ...


@runtime_checkable
class ExportableModule(ModelModule, Protocol):
    """A model whose networks can also be computed by the other runtimes, on a processor."""

    def runtime_plans(
        self, spec: ShotSpec, runtime: Runtime, precision: Precision, weights: Path | None = None
    ) -> tuple[ExecutionPlan, ...]:
        """As `execution_plans`, for a runtime that is not torch; with what the export needs."""
        ...
