# SPDX-License-Identifier: Apache-2.0
"""Runtimes are tried on the footage itself, once for each network, picture size and machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from depth_engine.contract import Options
from depth_engine.footage.frame import Footage
from depth_engine.inference import timings
from depth_engine.inference.planner import choose_execution, guess_timing
from depth_engine.inference.runner import shot_spec
from depth_engine.inference.runtimes import Measured, Run, known, machine, possible_runs, remember, work_of
from depth_engine.models import registry
from depth_engine.models.base import Estimator, ExecutionPlan, Report
from depth_engine.runtimes import TITLES, RuntimeUnavailable

SAMPLES = 4
"""Frames of a model that gives each at once; of one with windows a window is measured. The quickest counts: other
programs only ever slow one down.
"""

EXPORT_SECONDS = 40.0
"""What exporting and compiling for all runtimes takes, roughly."""

HOPED = 0.25
"""Share of torch's time that another runtime saves, at a guess."""

Warn = Callable[[str, str], None]


def measure_if_worth_it(
    options: Options, footage: Footage, numbers: Sequence[int], free: int, progress: Report, warn: Warn
) -> None:
    """Measure the runs that the options leave open, unless that would take longer than the quickest is likely to save.

    free: bytes of memory; runs that do not fit are left out. warn: told of a runtime that does not work, which is
    remembered.
    """
    runs = possible_runs(options)
    work = work_of(options, footage.facts, len(numbers))
    if len(runs) == 1 or {each.run for each in known(work)} >= {*runs}:
        return
    torch_plan = _execution(options, footage, numbers, runs[0], free)
    guess = guess_timing(options, footage.facts, len(numbers), "cpu", torch_plan)
    if not pays(timings.expected(guess)[0].seconds_per_frame, len(numbers), samples(options.model), len(runs)):
        return
    for run in runs:
        measure(options, footage, numbers, run, free, progress, warn)


def pays(seconds_per_frame: float, frames: int, sampled: int, runs: int) -> bool:
    """Whether a quarter of torch's time for the job is more than exports and samples take."""
    return HOPED * seconds_per_frame * frames > EXPORT_SECONDS + runs * sampled * seconds_per_frame


def samples(model: str) -> int:
    info = registry.info(model)
    return max(info.window, SAMPLES)


def measure(
    options: Options, footage: Footage, numbers: Sequence[int], run: Run, free: int, progress: Report, warn: Warn
) -> Measured | None:
    """Try one run and remember what it took; None where memory does not allow it."""
    plan = _execution(options, footage, numbers, run, free)
    if plan.runtime != run.runtime or (run.runtime != "torch" and plan.device_bytes > free):
        return None
    work = work_of(options, footage.facts, len(numbers))
    try:
        seconds, startup = _try(options, footage, numbers, plan, progress)
        found = Measured(work, run, machine(), seconds, startup)
    except RuntimeUnavailable as error:
        warn(f"{TITLES[run.runtime]} is left out: {error.message}", "")
        found = Measured(work, run, machine(), 0.0, 0.0, error.message)
    remember(found)
    return found


def _execution(options: Options, footage: Footage, numbers: Sequence[int], run: Run, free: int) -> ExecutionPlan:
    return choose_execution(options, footage.facts, len(numbers), run.device, run.precision, free, run.runtime)


def _try(
    options: Options, footage: Footage, numbers: Sequence[int], plan: ExecutionPlan, progress: Report
) -> tuple[float, float]:
    """Seconds of a frame, and of the start where the graphs are there already."""
    from depth_engine.inference.device import release_memory

    count = samples(options.model)
    spec = plan.fitted(shot_spec(footage.facts, max(count, len(numbers)), options))
    weights = Path(options.weights) if options.weights else None

    def opened() -> Estimator:
        return registry.load(options.model, weights, "cpu", plan).open_shot(spec)

    try:
        if plan.runtime != "torch":
            opened()  # exports
        started = time.perf_counter()
        estimator = opened()
        startup = time.perf_counter() - started
        window = _window_seconds(estimator, footage, numbers[:count], progress)
        return window * registry.module(options.model).window_count(spec) / spec.frame_count, startup
    finally:
        release_memory("cpu")


def _window_seconds(estimator: Estimator, footage: Footage, numbers: Sequence[int], progress: Report) -> float:
    """The quickest of the windows that these frames fill."""
    windows: list[float] = []
    seconds = 0.0
    for frame in footage.read(numbers):
        started = time.perf_counter()
        finished = estimator.push([frame], progress)
        seconds += time.perf_counter() - started
        if finished:
            windows.append(seconds)
            seconds = 0.0
    return min(windows)
