# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# (PyAV leaves the types of packets open.)
"""What a job costs on this machine: memory against the footage's length, and time for each stage of a frame."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
import psutil

from depth_engine.contract import MovieSource, Options
from depth_engine.footage import open_footage
from depth_engine.footage.frame import Rgb
from depth_engine.footage.shots import find_cuts
from depth_engine.inference.device import DTYPES, choose_device, choose_precision, free_memory
from depth_engine.inference.measuring import measure, samples
from depth_engine.inference.runner import shot_spec
from depth_engine.inference.runtimes import Measured, Run, possible_runs
from depth_engine.inference.sizes import Size
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, Precision
from depth_engine.models.depthcrafter.measure import StageCost, measure_window, random_networks
from depth_engine.outputs.exr import write_exr
from depth_engine.outputs.pictures import restored
from depth_engine.outputs.preview import PreviewMovie
from depth_engine.outputs.proxy import write_proxy

SAMPLE_SECONDS = 0.02


def make_footage(path: Path, frames: int, size: Size) -> None:
    """Write an H.264 movie of a picture that moves."""
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("libx264", rate=Fraction(24), options={"preset": "ultrafast"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for index in range(frames):
            movie.mux(stream.encode(av.VideoFrame.from_ndarray(_picture(index, size), "rgb24")))
        movie.mux(stream.encode(None))


def _picture(index: int, size: Size) -> Rgb:
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    waves = np.sin((x + 3 * index) / 37) + np.cos((y - 2 * index) / 23)
    return np.stack([127 + 60 * waves, 255 * x / size[0], 255 * y / size[1]], axis=2).astype(np.uint8)


def peak_memory(footage: Path, out: Path, options: Sequence[str]) -> int:
    """Run `depth-engine estimate` as a process of its own; its peak resident memory in bytes."""
    command = [sys.executable, "-m", "depth_engine", "estimate", str(footage), "-o", str(out), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  our own program
    peak = 0
    while process.poll() is None:
        try:
            peak = max(peak, psutil.Process(process.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(SAMPLE_SECONDS)
    if process.wait() != 0:
        raise RuntimeError(f"the engine ended with code {process.returncode}")
    return peak


def stage_seconds(
    folder: Path, model_name: str, size: Size, frames: int, precision: Literal["auto"] | Precision
) -> dict[str, float]:
    """Seconds a frame for each stage, one after the other and alone on the machine."""
    path = folder / "stages.mp4"
    make_footage(path, frames, size)
    footage = open_footage(MovieSource(str(path)))
    device = choose_device("auto")
    spec = shot_spec(footage.facts, frames + 1, Options())
    module = registry.module(model_name)
    chosen = choose_precision(precision, device, module.INFO.half_precision)
    plan = module.execution_plans(spec, device, chosen)[0]
    estimator = registry.load(model_name, None, device, plan).open_shot(spec)
    decoded = list(footage.read(range(1, frames + 1)))
    estimator.push(decoded[:1], _ignore)  # the first one is always slower
    find_cuts(footage, 1, 1, _ignore)
    disparities = estimator.push(decoded, _ignore)
    full = [restored(y, frame.rgb, size) for y, frame in zip(disparities, decoded)]
    movie = PreviewMovie(folder / "preview.mp4", 1, Fraction(24), "inferno")
    low, high = float(full[0].min()), float(full[0].max())
    stages: dict[str, Callable[[], object]] = {
        "decode": lambda: list(footage.read(range(1, frames + 1))),
        "find cuts": lambda: find_cuts(footage, 1, frames, _ignore),
        "estimate": lambda: estimator.push(decoded, _ignore),
        "upsample": lambda: [restored(y, frame.rgb, size) for y, frame in zip(disparities, decoded)],
        "write exr32": lambda: [write_exr(folder / "y.exr", y, {}) for y in full],
        "write exr16": lambda: [write_exr(folder / "y.exr", y, {}, half=True) for y in full],
        "write proxy": lambda: [
            write_proxy(folder / "d.exr", folder / "c.jpg", y, frame, {}) for y, frame in zip(full, decoded)
        ],
        "preview": lambda: [movie.append(n, y, low, high) for n, y in enumerate(full, start=1)],
    }
    return {name: _timed(stage) / frames for name, stage in stages.items()}


def runtime_costs(
    folder: Path, options: Options, size: Size, measured: Callable[[], None]
) -> list[tuple[Run, Measured | None]]:
    """What each runtime takes for a frame of this size on the processor, which is remembered for jobs to come.

    measured: called after each. None where there is not enough memory.
    """
    path = folder / "runtimes.mp4"
    make_footage(path, samples(options.model), size)
    footage = open_footage(MovieSource(str(path)))
    numbers = range(1, footage.facts.frame_count + 1)
    found: list[tuple[Run, Measured | None]] = []
    for run in possible_runs(options):
        found.append((run, measure(options, footage, numbers, run, free_memory("cpu"), _ignore, _ignore)))
        measured()
    return found


def window_costs(
    device: str, plan: ExecutionPlan, size: Size, frames: int, steps: int, measured: Callable[[], None]
) -> dict[str, StageCost]:
    """As `measure_window`, with new networks of the published sizes."""
    networks = random_networks(device if plan.residency == "resident" else "cpu", DTYPES[plan.precision])
    return measure_window(networks, device, plan, size, frames, steps, measured)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _ignore(*_: object) -> None:
    pass
