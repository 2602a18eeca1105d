# SPDX-License-Identifier: Apache-2.0
"""What a job will do and need, told before it starts, and the reasons why it cannot start."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode, ModelFacts, Options, Plan, Problem, Source, SourceFacts
from depth_engine.footage import choose_frames, open_footage
from depth_engine.inference import timings
from depth_engine.inference.runner import shot_spec, told_shots
from depth_engine.inference.runtimes import Run, choose_run
from depth_engine.inference.sizes import Size, output_size, proxy_size
from depth_engine.inference.timings import Timing
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, ExportableModule, ModelInfo, Precision, Settings, ShotSpec
from depth_engine.models.weights import locate_weights
from depth_engine.runtimes import Runtime

DISK_BYTES_PER_PIXEL = {"exr32": 4.0, "exr16": 2.0, "png16": 2.0, "npz": 4.0}
"""Uncompressed, as noise compresses hardly: what is written is at most this."""
NPZ_GATHERED = 64
"""Frames of a part of the NPZ that lie raw beside it until it is complete."""
PROXY_BYTES_PER_PIXEL = 5.0
PREVIEW_BYTES_PER_PIXEL = 0.2
DISK_RESERVE = 16 * 2**20

ENGINE_BYTES = 700 * 2**20
"""The process with its libraries, before a model is loaded."""
FRAMES_IN_FLIGHT = 20
"""Frames decoded ahead, in a batch, as guides for what the model gives back, and waiting to be written."""
FRAMES_WRITTEN = 6
BYTES_PER_WRITTEN_PIXEL = 24
"""Disparity, its guide and its compressed copies in the writer threads."""

SMALLER_SIZES = (768, 640, 512)
SMALLER_WINDOW = 50
"""What is tried, in this order, where memory is short: the longest side that the model sees, then frames at once."""

STARTUP_SECONDS = 5.0
WRITE_SECONDS_PER_MEGAPIXEL = 0.3


def plan_source(source: Source, options: Options, folder: Path) -> Plan:
    """As `make_plan`, for footage that has not been opened. Raises DepthError BAD_INPUT, too."""
    footage = open_footage(source)
    numbers = choose_frames(footage, options.frames, options.step, options.fps)
    return make_plan(options, footage.facts, numbers, folder)


def make_plan(
    options: Options,
    facts: SourceFacts,
    numbers: Sequence[int],
    folder: Path,
    written: int = 0,
    run: Run | None = None,
) -> Plan:
    """The plan of computing these frames into `folder`, which need not exist yet. written: frames that are there.
    run: how the networks are computed, where that is settled.

    The cuts are not known yet: the windows are those of one shot, or of the told ones. A shortage is one of the plan's
    `problems`. Raises DepthError UNKNOWN_MODEL, NO_DEVICE or NO_RUNTIME where there is nothing to plan with, BAD_JOB
    where the model lacks a wanted setting, BAD_INPUT if a told shot lies outside of the frames.
    """
    info, module = registry.info(options.model), registry.module(options.model)
    Settings.of(options).refuse_foreign(info)
    from depth_engine.inference.device import free_memory  # torch takes seconds

    run = run or choose_run(options, facts, len(numbers), len(numbers) - written)
    device, precision = run.device, run.precision
    shots = told_shots(numbers, options)
    memory_free = free_memory(device)
    job = _Needs(options, facts, len(numbers), device, memory_free)
    execution = choose_execution(options, facts, len(numbers), device, precision, memory_free, run.runtime)
    processed, output = job.sizes(execution)
    timing, measured = timings.expected(guess_timing(options, facts, len(numbers), device, execution))
    disk, disk_free = _disk_bytes(options, output, numbers, facts, written), _free_disk(folder)
    return Plan(
        facts=facts,
        model=ModelFacts(
            name=info.name,
            title=info.title,
            kind=info.kind,
            licence=info.licence,
            commercial_use=info.commercial_use,
            weights=options.weights or ("included" if info.included else "fetched"),
            device=device,
            precision=precision,
        ),
        frames=len(numbers),
        first=numbers[0],
        last=numbers[-1],
        windows=sum(
            module.window_count(execution.fitted(shot_spec(facts, len(shot.numbers), options))) for shot in shots
        ),
        processed_width=processed[0],
        processed_height=processed[1],
        output_width=output[0],
        output_height=output[1],
        seconds=timing.startup_seconds + (len(numbers) - written) * timing.seconds_per_frame,
        seconds_measured=measured,
        disk_bytes=disk,
        disk_free_bytes=disk_free,
        memory_bytes=job.on_device(execution),
        memory_free_bytes=memory_free,
        execution=execution.describe(),
        problems=(
            *_weights_problems(info, job.weights),
            *_disk_problems(disk, disk_free, folder),
            *_memory_problems(job, execution),
        ),
    )


def refuse(plan: Plan) -> None:
    """Raise the first of a plan's problems as DepthError."""
    for problem in plan.problems:
        raise DepthError(ExitCode(problem.code), problem.message, problem.hint)


def choose_execution(
    options: Options,
    facts: SourceFacts,
    frame_count: int,
    device: str,
    precision: Precision,
    free: int,
    runtime: Runtime = "torch",
) -> ExecutionPlan:
    """The quickest of the ways to run that fits into the device's free bytes and this computer's memory, else the one
    that needs least of the device. Sizes and windows smaller than asked for are among them only if the options allow,
    torch's ways instead of another runtime's only if the options leave the runtime open.
    """
    job = _Needs(options, facts, frame_count, device, free)
    tried: list[ExecutionPlan] = []
    asked = ExecutionPlan(precision, runtime=runtime)
    for like in job.reductions(asked) if options.allow_smaller else [asked]:
        tried += (plans := job.plans(like))
        if fitting := next(filter(job.fits, plans), None):
            return fitting
    return min(tried, key=lambda plan: plan.device_bytes)


def smaller_executions(
    options: Options, facts: SourceFacts, frame_count: int, device: str, than: ExecutionPlan
) -> tuple[ExecutionPlan, ...]:
    """The ways to run with less of the device's memory than one of them, the quickest first; and torch's, where the
    options leave the runtime open. They have its size and window, so that a shot can go on with them.
    """
    plans = _Needs(options, facts, frame_count, device, 0).plans(than)
    return tuple(plan for plan in plans if plan.device_bytes < than.device_bytes or plan.runtime != than.runtime)


def guess_timing(
    options: Options, facts: SourceFacts, frame_count: int, device: str, execution: ExecutionPlan
) -> Timing:
    """The expected speed of such a job before this machine has been measured."""
    job = _Needs(options, facts, frame_count, device, 0)
    seconds = registry.module(options.model).guess_seconds(job.spec(execution), device, job.weights)
    seconds += WRITE_SECONDS_PER_MEGAPIXEL * math.prod(job.sizes(execution)[1]) / 1e6
    return Timing(options.model, device, execution.precision, seconds, seconds, STARTUP_SECONDS, execution.runtime)


@dataclass(frozen=True, slots=True)
class _Needs:
    """A job on a device with so many free bytes, and what its ways to run need."""

    options: Options
    facts: SourceFacts
    frame_count: int
    device: str
    free: int

    @property
    def weights(self) -> Path | None:
        return Path(self.options.weights) if self.options.weights else None

    def spec(self, plan: ExecutionPlan) -> ShotSpec:
        return plan.fitted(shot_spec(self.facts, self.frame_count, self.options))

    def sizes(self, plan: ExecutionPlan) -> tuple[Size, Size]:
        """What the model sees, and what is written."""
        module, spec = registry.module(self.options.model), self.spec(plan)
        source, disparity = (self.facts.width, self.facts.height), module.disparity_size(spec)
        return module.processed_size(spec), output_size(self.options.output_size, source, disparity)

    def plans(self, like: ExecutionPlan) -> tuple[ExecutionPlan, ...]:
        """The model's ways to run with the precision, size and window of a plan, and by its runtime first."""
        module, spec = registry.module(self.options.model), self.spec(like)
        plans: tuple[ExecutionPlan, ...] = ()
        if like.runtime != "torch" and isinstance(module, ExportableModule):
            plans = module.runtime_plans(spec, like.runtime, like.precision, self.weights)
        if like.runtime == "torch" or self.options.runtime == "auto":
            plans += module.execution_plans(spec, self.device, like.precision, self.weights)
        return tuple(replace(plan, max_size=like.max_size, window=like.window) for plan in plans)

    def reductions(self, asked: ExecutionPlan) -> Iterator[ExecutionPlan]:
        """As asked for, then smaller and smaller; of these plans only runtime, precision, size and window count."""
        yield (like := asked)
        for size in self.smaller_sizes():
            yield (like := replace(like, max_size=size))
        if self.may_shorten():
            yield replace(like, window=SMALLER_WINDOW)

    def smaller_sizes(self) -> tuple[int, ...]:
        seen = max(self.sizes(ExecutionPlan("fp32"))[0])
        return tuple(size for size in SMALLER_SIZES if size < seen)

    def may_shorten(self) -> bool:
        info = registry.info(self.options.model)
        window = self.options.window or info.window
        return "window" in info.settings and window > SMALLER_WINDOW > (self.options.overlap or 0)

    def on_device(self, plan: ExecutionPlan) -> int:
        """Bytes of the memory in which the device computes; on a CPU the process itself lives there, too."""
        return plan.device_bytes + (self.beside(plan) if self.device == "cpu" else 0)

    def beside(self, plan: ExecutionPlan) -> int:
        """Bytes of this computer's memory: weights that wait there, and the process besides the model."""
        return plan.host_bytes + _host_bytes(self.facts, self.sizes(plan)[1])

    def fits(self, plan: ExecutionPlan) -> bool:
        return self.on_device(plan) <= self.free and self.fits_beside(plan)

    def fits_beside(self, plan: ExecutionPlan) -> bool:
        from depth_engine.inference.device import free_memory

        return self.device == "cpu" or self.beside(plan) <= free_memory("cpu")


def _disk_bytes(options: Options, output: Size, numbers: Sequence[int], facts: SourceFacts, written: int) -> int:
    pixels = math.prod(output)
    sequences = sum(DISK_BYTES_PER_PIXEL[kind] for kind in set(options.format))
    if "exr32" not in options.format and (options.preview or "png16" in options.format):
        sequences += DISK_BYTES_PER_PIXEL["exr32"]  # kept in the work folder until the shot's end
    frame = pixels * sequences + math.prod(proxy_size(output)) * PROXY_BYTES_PER_PIXEL
    gathered = min(len(numbers), NPZ_GATHERED) * pixels * 4.0 if "npz" in options.format else 0.0
    shown = (options.frames or (1, facts.frame_count))[1] - numbers[0] + 1
    preview = 2 * shown * pixels * PREVIEW_BYTES_PER_PIXEL if options.preview else 0.0  # by shots, then as a whole
    return math.ceil((len(numbers) - written) * frame + gathered + preview) + DISK_RESERVE


def _host_bytes(facts: SourceFacts, output: Size) -> int:
    """What the engine's process needs besides the model."""
    frames = FRAMES_IN_FLIGHT * facts.width * facts.height * 3
    return ENGINE_BYTES + frames + FRAMES_WRITTEN * math.prod(output) * BYTES_PER_WRITTEN_PIXEL


def _free_disk(folder: Path) -> int:
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(existing).free


def _disk_problems(needed: int, free: int, folder: Path) -> list[Problem]:
    if needed <= free:
        return []
    message = f"The job needs {_size(needed)} of disk, but only {_size(free)} are free at {folder}."
    return [
        Problem(
            ExitCode.DISK_FULL,
            message,
            "Free some space, choose another folder, or write less (--step, --output-size).",
        )
    ]


def _weights_problems(info: ModelInfo, folder: Path | None) -> list[Problem]:
    try:
        locate_weights(info, folder)
    except DepthError as missing:
        return [Problem(missing.code, missing.message, missing.hint)]
    return []


def _memory_problems(job: _Needs, execution: ExecutionPlan) -> list[Problem]:
    if job.fits(execution):
        return []
    needed = job.on_device(execution)
    if needed > job.free:
        message = f"The job needs {_size(needed)} of memory on {job.device}, but only {_size(job.free)} are free."
    else:
        message = f"The job needs {_size(job.beside(execution))} of the computer's own memory, which has less free."
    return [Problem(ExitCode.OUT_OF_MEMORY, message, _what_fits(job, execution))]


def _what_fits(job: _Needs, execution: ExecutionPlan) -> str:
    """A hint that names the largest size, or the window, with which the job would fit."""
    asked = ExecutionPlan(execution.precision, runtime=execution.runtime)
    changes = {f"--max-size {size}": replace(asked, max_size=size) for size in job.smaller_sizes()}
    if job.may_shorten():
        changes[f"--window {SMALLER_WINDOW}"] = replace(asked, window=SMALLER_WINDOW)
    fitting = [option for option, like in changes.items() if any(map(job.fits, job.plans(like)))]
    options = [*[o for o in fitting if "size" in o][:1], *[o for o in fitting if "window" in o]]
    if options:
        return f"It fits with {' or '.join(options)}, and perhaps once other programs are closed."
    return "Close other programs, or lower --max-size or --output-size."


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
