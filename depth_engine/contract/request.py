# SPDX-License-Identifier: Apache-2.0
"""job.json of an estimate: which footage, and how."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, cast

from .codec import CONTRACT_VERSION
from .errors import DepthError, ExitCode


@dataclass(frozen=True, slots=True)
class MovieSource:
    """A movie file."""

    path: str
    type: Literal["movie"] = "movie"


@dataclass(frozen=True, slots=True)
class ImagesSource:
    """An image sequence: files of one directory in playing order, with any names, at `rate` frames a second."""

    directory: str
    files: tuple[str, ...]
    rate: str = "24"
    type: Literal["images"] = "images"


Source = MovieSource | ImagesSource
Format = Literal["exr32", "exr16", "png16", "npz"]
JobKind = Literal["estimate"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a job is computed. The command line's options have the same names.

    runtime: what computes on a processor: "torch", or "openvino" or "onnx" for models that they can run; "auto" takes
    the one that is quickest for this job on this machine.
    frames: first and last position in the source, from 1, both included; None means all of it.
    step, fps: compute every step-th frame, or the frames shown at `fps` ("15", "30000/1001"); never both.
    max_size: longest side in pixels that the model may see; it never enlarges. None: the model's own choice.
    output_size: "source", "processed" or the longest side in pixels.
    format: what is written besides the proxy; only what is asked for.
    shots: "auto" finds the cuts, "off" takes the clip as one shot, "49,120" begins shots at these source positions too.
    seed, noise: the random numbers of a diffusion model, from a seed or from a safetensors file.
    steps, guidance, window, overlap, decode_chunk: how the model computes; None: the model's own default.
    ensemble: how often each frame is predicted, of models that can; None: once.
    streaming: each frame comes out at once and sees only those before it, where the model has such a mode.
    stabilise: take drift and flicker out of a model that gives each frame at once.
    A model refuses those of seed to ensemble, compat, streaming and stabilise that it does not have.
    allow_smaller: where memory is short, let the model see smaller pictures, then shorter windows, than asked for.
    compat: "reference" reproduces the numbers of the model's published code, with its defects.
    """

    model: str = "embedded"
    weights: str | None = None
    device: str = "auto"
    precision: Literal["auto", "fp32", "fp16", "bf16"] = "auto"
    runtime: Literal["auto", "torch", "openvino", "onnx"] = "auto"
    frames: tuple[int, int] | None = None
    step: int = 1
    fps: str | None = None
    max_size: int | None = None
    output_size: str = "source"
    format: tuple[Format, ...] = ("exr32",)
    preview: bool = True
    colormap: Literal["gray", "inferno", "turbo", "viridis"] = "inferno"
    shots: str = "auto"
    seed: int = 0
    noise: str | None = None
    steps: int | None = None
    guidance: float | None = None
    window: int | None = None
    overlap: int | None = None
    decode_chunk: int | None = None
    ensemble: int | None = None
    allow_smaller: bool = False
    compat: Literal["default", "reference"] = "default"
    streaming: bool = False
    stabilise: bool = False

    def __post_init__(self) -> None:
        first, last = self.frames or (1, 1)
        _require(
            1 <= first <= last, f"frames {first}:{last} is not a range", "Count from 1, the first frame first: 1:48."
        )
        _require(self.step >= 1, f"step {self.step} is not possible", "Use 1 for every frame, 2 for every second one.")
        _require(self.fps is None or self.step == 1, "step and fps exclude each other", "Give one of the two.")
        _require(
            self.fps is None or is_rate(self.fps), f"fps {self.fps!r} is not a frame rate", "Use 15 or 30000/1001."
        )
        _require(
            self.max_size is None or self.max_size >= 14, f"max_size {self.max_size} is too small", "Use 14 or more."
        )
        _require(
            self.output_size in ("source", "processed") or (self.output_size.isdecimal() and int(self.output_size) > 0),
            f"output_size {self.output_size!r} is not a size",
            "Use source, processed or the longest side in pixels.",
        )
        _require(
            self.shots in ("auto", "off") or all(part.isdecimal() and int(part) > 0 for part in self.shots.split(",")),
            f"shots {self.shots!r} is no list of frames",
            "Use auto, off, or the first frames of shots: 49,120.",
        )
        _require(
            self.shots in ("auto", "off") or _increases(self.shots.split(",")),
            f"shots {self.shots!r} is not in order",
            "Give each shot's first frame once, the earliest first: 49,120.",
        )
        _require(0 <= self.seed < 2**63, f"seed {self.seed} is out of range", "Use a whole number from 0.")
        _require(self.steps is None or 1 <= self.steps <= 50, f"steps {self.steps} is out of range", "Use 1 to 50.")
        _require(
            self.guidance is None or 0 < self.guidance <= 100,
            f"guidance {self.guidance} is out of range",
            "Use 1 to 3.",
        )
        _require(self.window is None or self.window >= 1, f"window {self.window} is too small", "Use 1 or more frames.")
        _require(self.overlap is None or self.overlap >= 0, f"overlap {self.overlap} is negative", "Use 0 or more.")
        _require(
            None in (self.window, self.overlap) or cast(int, self.overlap) < cast(int, self.window),
            f"overlap {self.overlap} leaves nothing of a window of {self.window} frames",
            "Overlap less than the window.",
        )
        _require(
            self.decode_chunk is None or self.decode_chunk >= 1,
            f"decode_chunk {self.decode_chunk} is too small",
            "Use 1 or more frames.",
        )
        _require(
            self.ensemble is None or 1 <= self.ensemble <= 50,
            f"ensemble {self.ensemble} is out of range",
            "Use 1 to 50.",
        )
        for name in ("window", "overlap", "decode_chunk"):
            _require(
                not (self.streaming and getattr(self, name) is not None),
                f"{name} says nothing in streaming, where frames go one by one",
                "Leave one of the two out.",
            )


def _require(condition: bool, message: str, hint: str) -> None:
    if not condition:
        raise DepthError(ExitCode.BAD_JOB, f"The option {message}.", hint)


def _increases(numbers: list[str]) -> bool:
    return all(int(earlier) < int(later) for earlier, later in itertools.pairwise(numbers))


def is_rate(text: str) -> bool:
    """Whether a text is an exact positive frame rate: "24", "23.976" or "24000/1001"."""
    try:
        return Fraction(text) > 0
    except (ValueError, ZeroDivisionError):
        return False


@dataclass(frozen=True, slots=True)
class Job:
    """job.json: what to do with which footage. `name` is the clip's name and starts every file's name."""

    source: Source
    name: str
    options: Options = field(default_factory=Options)
    kind: JobKind = "estimate"
    contract_version: int = CONTRACT_VERSION

    def __post_init__(self) -> None:
        safe = clip_name(self.name)
        _require(
            self.name == safe,
            f"name {self.name!r} is no plain file name",
            f"Use {safe!r}: outputs stay in the job folder.",
        )


def clip_name(text: str) -> str:
    """A name that is safe as the start of a file name on every system: letters, digits, '.', '_' and '-'."""
    return re.sub(r"[^\w.-]+", "_", text).strip("._-")[:80] or "clip"
