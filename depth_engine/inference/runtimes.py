# SPDX-License-Identifier: Apache-2.0
"""Which runtime computes a job: the one asked for, else the quickest by what was measured on this machine."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import math
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode, Options, SourceFacts, from_json, user_data_folder, write_text
from depth_engine.inference.runner import shot_spec
from depth_engine.models import registry
from depth_engine.models.base import ExportableModule, Precision, ShotSpec
from depth_engine.models.weights import locate_weights
from depth_engine.runtimes import TITLES, Runtime

KEPT = 200
WORTH = 0.95
"""A runtime is taken instead of torch where it saves at least 5 % of a job: less is within what measurements sway."""

LIBRARIES = ("torch", "openvino", "onnxruntime", "transformers")


@dataclass(frozen=True, slots=True)
class Run:
    """Where, in which numbers and by what a network is computed."""

    device: str
    precision: Precision
    runtime: Runtime = "torch"

    def describe(self) -> str:
        return f"{TITLES[self.runtime]} {self.precision}"


@dataclass(frozen=True, slots=True)
class Work:
    """What a measurement holds for: this network on pictures of this size. weights: bytes of its files."""

    model: str
    weights: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took. seconds: a frame; startup: until the first one went in, without the export. failure: why it
    could not be measured, in a sentence, else empty. machine: see `machine`.
    """

    work: Work
    run: Run
    machine: str
    seconds: float
    startup: float
    failure: str = ""

    def whole(self, frames: int) -> float:
        """Seconds of a job of so many frames."""
        return self.startup + frames * self.seconds


def possible_runs(options: Options) -> tuple[Run, ...]:
    """The runs that the options leave open, torch's first; only processors have more than one.

    Raises DepthError NO_DEVICE; NO_RUNTIME where the wanted runtime cannot compute this model, there or so precisely.
    """
    from depth_engine.inference.device import choose_device, choose_precision  # torch takes seconds

    module = registry.module(options.model)
    wanted = options.runtime
    device = "cpu" if wanted in ("openvino", "onnx") and options.device == "auto" else choose_device(options.device)
    precision = choose_precision(options.precision, device, module.INFO.half_precision)
    runs = [Run(device, precision)]
    if device == "cpu" and isinstance(module, ExportableModule) and not options.streaming:
        if precision != "fp16":
            runs.append(Run(device, precision, "openvino"))
        if options.precision in ("auto", "fp32"):
            runs.append(Run(device, "fp32", "onnx"))
    if wanted != "auto":
        runs = [run for run in runs if run.runtime == wanted]
    if not runs:
        raise _impossible(options, device)
    return tuple(runs)


def choose_run(options: Options, facts: SourceFacts, frame_count: int, missing: int) -> Run:
    """The run that takes least time for the missing frames, as far as it was measured here; else torch's."""
    runs = possible_runs(options)
    measured = known(work_of(options, facts, frame_count)) if len(runs) > 1 else []
    return quickest(runs, measured, missing)


def quickest(runs: tuple[Run, ...], measured: Iterable[Measured], frames: int) -> Run:
    """The run of torch, unless another one was measured to take less for so many frames, its start included."""
    took = {each.run: each.whole(frames) for each in measured if each.run in runs and not each.failure}
    if runs[0] not in took:
        return runs[0]
    best = min(took, key=took.__getitem__)
    return best if took[best] < WORTH * took[runs[0]] else runs[0]


def told_choice(measured: Sequence[Measured]) -> str:
    """Of what was measured for one network and size: what is chosen and why, in words."""
    worked = sorted((each for each in measured if not each.failure), key=lambda each: each.seconds)
    base = next((each for each in worked if each.run.runtime == "torch"), None)
    took = ", ".join(f"{each.run.describe()} {1000 * each.seconds:.0f} ms a frame" for each in worked)
    starts = ((each, base and frames_until_worth(each, base)) for each in worked)
    best = min(((frames, each) for each, frames in starts if frames), key=lambda pair: pair[1].seconds, default=None)
    if best is None:
        return f"PyTorch is chosen ({took})"
    frames, chosen = best
    return f"{chosen.run.describe()} is chosen for {frames} frames and more, PyTorch for fewer ({took})"


def frames_until_worth(other: Measured, torch: Measured) -> int | None:
    """From how many frames on another run is taken instead of torch's; None where never."""
    gained = WORTH * torch.seconds - other.seconds
    if other.run == torch.run or gained <= 0:
        return None
    return max(1, math.floor((other.startup - WORTH * torch.startup) / gained) + 1)


def work_of(options: Options, facts: SourceFacts, frame_count: int) -> Work:
    return work_for(options, shot_spec(facts, frame_count, options))


def work_for(options: Options, spec: ShotSpec) -> Work:
    module = registry.module(options.model)
    try:
        _, files = locate_weights(module.INFO, Path(options.weights) if options.weights else None)
    except DepthError:  # the plan tells it
        files = ()
    return Work(options.model, sum(file.stat().st_size for file in files), *module.processed_size(spec))


def machine() -> str:
    """The machine and its libraries: where any of it changes, measurements hold no longer."""
    import torch

    facts = [platform.system(), platform.machine(), _processor(), f"{torch.get_num_threads()} threads"]
    facts += [f"{name}={value}" for name, value in sorted(torch.cpu.get_capabilities().items())]
    return "; ".join([*facts, *(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)])


def known(work: Work | None = None) -> list[Measured]:
    """What was measured on this machine as it is now; of all networks or of one."""
    here = machine()
    return [each for each in _read() if each.machine == here and work in (None, each.work)]


def remember(measured: Measured) -> None:
    """Note it; the latest counts, and what was measured on a machine as it is no more is forgotten."""
    others = [each for each in known() if (each.work, each.run) != (measured.work, measured.run)]
    _file().parent.mkdir(parents=True, exist_ok=True)
    write_text(_file(), json.dumps([dataclasses.asdict(each) for each in [*others, measured][-KEPT:]], indent=1) + "\n")


def _impossible(options: Options, device: str) -> DepthError:
    title = TITLES[options.runtime] if options.runtime != "auto" else ""
    model = registry.info(options.model).title
    if not isinstance(registry.module(options.model), ExportableModule):
        return DepthError(ExitCode.NO_RUNTIME, f"{title} cannot compute {model}.", "Leave --runtime out.")
    if options.streaming:  # its graphs are those of windows
        return DepthError(ExitCode.NO_RUNTIME, f"{title} cannot compute {model} as a stream.", "Leave --runtime out.")
    if device != "cpu":
        return DepthError(ExitCode.NO_RUNTIME, f"{title} computes on processors, not on {device}.", "Use --device cpu.")
    return DepthError(
        ExitCode.NO_RUNTIME, f"{title} does not compute in {options.precision} here.", "Use --precision fp32."
    )


def _processor() -> str:
    """Its name; Linux tells it in a file alone."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _file() -> Path:
    return user_data_folder() / "runtimes.json"


def _read() -> list[Measured]:
    try:
        return [from_json(Measured, item, "measured") for item in json.loads(_file().read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, DepthError):
        return []  # none yet, or of another release: measured anew
