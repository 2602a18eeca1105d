# SPDX-License-Identifier: Apache-2.0
"""What a job will do and need, told before it starts, and the reasons why it cannot start."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode, ModelFacts, Options, Plan, Problem, Source, SourceFacts
from depth_engine.footage import choose_frames, open_footage
from depth_engine.inference import timings
from depth_engine.inference.runner import shot_spec, told_shots
from depth_engine.inference.sizes import Size, output_size, proxy_size
from depth_engine.inference.timings import Timing
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, ModelModule, Precision, ShotSpec

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

STARTUP_SECONDS = 5.0
WRITE_SECONDS_PER_MEGAPIXEL = 0.3


def plan_source(source: Source, options: Options, folder: Path) -> Plan:
    """As `make_plan`, for footage that has not been opened. Raises DepthError BAD_INPUT, too."""
    footage = open_footage(source)
    numbers = choose_frames(footage, options.frames, options.step, options.fps)
    return make_plan(options, footage.facts, numbers, folder)


def make_plan(options: Options, facts: SourceFacts, numbers: Sequence[int], folder: Path, written: int = 0) -> Plan:
    """The plan of computing these frames into `folder`, which need not exist yet. written: frames that are there.

    The cuts are not known yet: the windows are those of one shot, or of the told ones. A shortage is one of the plan's
    `problems`. Raises DepthError UNKNOWN_MODEL or NO_DEVICE where there is nothing to plan with, BAD_INPUT if a told
    shot lies outside of the frames.
    """
    info, module = registry.info(options.model), registry.module(options.model)
    from depth_engine.inference.device import choose_device, choose_precision, free_memory  # torch takes seconds

    device = choose_device(options.device)
    precision = choose_precision(options.precision, device, info.half_precision)
    shots = told_shots(numbers, options)
    spec = shot_spec(facts, len(numbers), options)
    processed = module.processed_size(spec)
    output = output_size(options.output_size, (facts.width, facts.height), processed)
    timing, measured = timings.expected(_guess(module, spec, device, precision, processed, output))
    disk, disk_free = _disk_bytes(options, output, numbers, facts, written), _free_disk(folder)
    memory_free = free_memory(device)
    execution = choose_execution(options, facts, len(numbers), device, precision, memory_free)
    memory = _bytes_needed(execution, device, _host_bytes(spec, output))
    return Plan(
        facts=facts,
        model=ModelFacts(
            name=info.name,
            title=info.title,
            kind=info.kind,
            licence=info.licence,
            commercial_use=info.commercial_use,
            weights=options.weights or "included",
            device=device,
            precision=precision,
        ),
        frames=len(numbers),
        first=numbers[0],
        last=numbers[-1],
        windows=sum(module.window_count(shot_spec(facts, len(shot.numbers), options)) for shot in shots),
        processed_width=processed[0],
        processed_height=processed[1],
        output_width=output[0],
        output_height=output[1],
        seconds=timing.startup_seconds + (len(numbers) - written) * timing.seconds_per_frame,
        seconds_measured=measured,
        disk_bytes=disk,
        disk_free_bytes=disk_free,
        memory_bytes=memory,
        memory_free_bytes=memory_free,
        execution=execution.describe(),
        problems=(*_disk_problems(disk, disk_free, folder), *_memory_problems(memory, memory_free, device)),
    )


def refuse(plan: Plan) -> None:
    """Raise the first of a plan's problems as DepthError."""
    for problem in plan.problems:
        raise DepthError(ExitCode(problem.code), problem.message, problem.hint)


def choose_execution(
    options: Options, facts: SourceFacts, frame_count: int, device: str, precision: Precision, free: int
) -> ExecutionPlan:
    """The quickest of the model's ways to run that fits into the free bytes, else the smallest of them."""
    module = registry.module(options.model)
    spec = shot_spec(facts, frame_count, options)
    output = output_size(options.output_size, (facts.width, facts.height), module.processed_size(spec))
    beside = _host_bytes(spec, output)
    plans = module.execution_plans(spec, device, precision)
    return next((plan for plan in plans if _bytes_needed(plan, device, beside) <= free), plans[-1])


def smaller_executions(
    options: Options, facts: SourceFacts, frame_count: int, device: str, than: ExecutionPlan
) -> tuple[ExecutionPlan, ...]:
    """The model's ways to run with less memory than one of them, the quickest first."""
    spec = shot_spec(facts, frame_count, options)
    plans = registry.module(options.model).execution_plans(spec, device, than.precision)
    return plans[plans.index(than) + 1 :] if than in plans else ()


def _bytes_needed(plan: ExecutionPlan, device: str, beside: int) -> int:
    """Of the memory in which the device computes; on a CPU the process itself lives there, too."""
    return plan.device_bytes + (plan.host_bytes + beside if device == "cpu" else 0)


def _guess(module: ModelModule, spec: ShotSpec, device: str, precision: str, processed: Size, output: Size) -> Timing:
    """The expected speed before this machine has been measured."""
    seconds = module.guess_seconds(spec, device) + WRITE_SECONDS_PER_MEGAPIXEL * math.prod(output) / 1e6
    pixels = math.prod(processed) + math.prod(output)
    return Timing(module.INFO.name, device, precision, pixels, seconds, STARTUP_SECONDS)


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


def _host_bytes(spec: ShotSpec, output: Size) -> int:
    """What the engine's process needs besides the model."""
    frames = FRAMES_IN_FLIGHT * spec.width * spec.height * 3
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


def _memory_problems(needed: int, free: int, device: str) -> list[Problem]:
    if needed <= free:
        return []
    message = f"The job needs {_size(needed)} of memory on {device}, but only {_size(free)} are free."
    return [Problem(ExitCode.OUT_OF_MEMORY, message, "Close other programs, or lower --max-size or --output-size.")]


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
