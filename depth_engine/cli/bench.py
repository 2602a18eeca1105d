# SPDX-License-Identifier: Apache-2.0
"""`depth-engine bench`: what a job costs on this machine."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from depth_engine.contract import DepthError, ExitCode

app = typer.Typer(help="Measure what a job costs on this machine.")

MEGABYTE = 2**20


@app.command(epilog="Example: depth-engine bench memory --frames 100 --frames 1000 -- --model depthcrafter --steps 1")
def memory(
    frames: Annotated[list[int], typer.Option(metavar="N", help="Lengths to compare, in frames.")] = [100, 10_000],  # noqa: B006
    size: Annotated[tuple[int, int], typer.Option(metavar="W H", help="The footage's size.")] = (192, 108),
    max_size: Annotated[int, typer.Option(metavar="N", help="Longest side that the model sees.")] = 112,
    options: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- OPTIONS]", help="Further options of `estimate`, after --.", show_default=False),
    ] = None,
) -> None:
    """Show that a job's peak memory does not grow with the footage's length."""
    from depth_engine.bench import make_footage, peak_memory

    typer.echo(f"{'frames':>8} {'peak memory':>12}")
    peaks: list[int] = []
    for count in frames:
        with tempfile.TemporaryDirectory() as folder:
            footage = Path(folder) / "footage.mp4"
            make_footage(footage, count, size)
            out = Path(folder) / "out"
            peaks.append(peak_memory(footage, out, ["--max-size", str(max_size), *(options or [])]))
        typer.echo(f"{count:8} {peaks[-1] / MEGABYTE:9.0f} MiB")
    typer.echo(f"last over first: {peaks[-1] / peaks[0]:.2f}")


@app.command(epilog="Example: depth-engine bench window --size 1024 576 --frames 110")
def window(
    size: Annotated[tuple[int, int], typer.Option(metavar="W H", help="Of the frames, multiples of 64.")] = (1024, 576),
    frames: Annotated[int, typer.Option(metavar="N", min=1, help="Frames of the window.")] = 110,
    steps: Annotated[int, typer.Option(metavar="N", min=1, max=50, help="Denoising steps.")] = 5,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda[:N]|mps", help="Where it runs.")] = "auto",
    precision: Annotated[
        Literal["auto", "fp32", "fp16", "bf16"], typer.Option(help="Numbers it computes with.")
    ] = "auto",
    residency: Annotated[
        Literal["resident", "swapped", "offloaded", "fp8"], typer.Option(help="Where the weights are.")
    ] = "resident",
    sliced: Annotated[bool, typer.Option("--sliced", help="Compute in slices, for less memory.")] = False,
    decode_chunk: Annotated[int, typer.Option(metavar="N", min=1, help="Frames decoded at once.")] = 8,
    stock: Annotated[bool, typer.Option("--stock", help="First with diffusers' own blocks, to compare.")] = False,
) -> None:
    """Measure one window of DepthCrafter at full size, with random weights, which cost what the published ones do."""
    import torch

    from depth_engine.bench import window_costs
    from depth_engine.inference.device import choose_device, choose_precision, describe
    from depth_engine.models.base import ExecutionPlan
    from depth_engine.models.depthcrafter import INFO
    from depth_engine.models.depthcrafter.measure import STAGES

    if any(side % 64 or side <= 0 for side in size):
        raise DepthError(ExitCode.USAGE, f"{size[0]}x{size[1]} is no size of a window.", "Use multiples of 64.")
    where = choose_device(device)
    numbers = choose_precision(precision, where, INFO.half_precision)
    plan = ExecutionPlan(numbers, residency, chunked=sliced, decode_chunk=decode_chunk)
    plans = [replace(plan, chunked=False, stock=True), plan] if stock else [plan]
    with typer.progressbar(length=len(plans) * len(STAGES), label="Measuring", file=sys.stderr) as bar:
        costs = [window_costs(where, each, size, frames, steps, lambda: bar.update(1)) for each in plans]
    typer.echo(f"{describe(where)}, torch {torch.__version__}; {plan.describe()}")
    typer.echo(f"{size[0]}x{size[1]}, {frames} frames, {steps} steps; milliseconds a frame and peak memory")
    for name in (*STAGES, "all"):
        told = "".join(f"{c[name].milliseconds:10.1f} ms {c[name].peak_bytes / MEGABYTE:8.0f} MiB" for c in costs)
        ratio = f"   stock/quick {costs[0][name].milliseconds / costs[1][name].milliseconds:.2f}" if stock else ""
        typer.echo(f"{name:8}{told}{ratio}")


@app.command(epilog="Example: depth-engine bench stages --frames 10")
def stages(
    model: Annotated[str, typer.Option(help="The model's name.")] = "embedded",
    size: Annotated[tuple[int, int], typer.Option(metavar="W H", help="The footage's size.")] = (1920, 1080),
    frames: Annotated[int, typer.Option(metavar="N", help="Frames to measure.")] = 20,
    precision: Annotated[
        Literal["auto", "fp32", "fp16", "bf16"], typer.Option(help="Numbers it computes with.")
    ] = "auto",
) -> None:
    """Show the time of each stage, a frame at a time and alone on the machine."""
    from depth_engine.bench import stage_seconds

    with tempfile.TemporaryDirectory() as folder:
        seconds = stage_seconds(Path(folder), model, size, frames, precision)
    for name, value in seconds.items():
        typer.echo(f"{name:12} {1000 * value:8.1f} ms")


@app.command(epilog="Example: depth-engine bench runtime --model video_depth_anything_small --size 1920 1080")
def runtime(
    model: Annotated[str, typer.Option(help="The model's name.")] = "embedded",
    weights: Annotated[str | None, typer.Option(metavar="DIR", help="A folder with the model's weights.")] = None,
    size: Annotated[tuple[int, int], typer.Option(metavar="W H", help="The footage's size.")] = (1920, 1080),
    max_size: Annotated[int | None, typer.Option(metavar="N", help="Longest side that the model sees.")] = None,
    precision: Annotated[
        Literal["auto", "fp32", "fp16", "bf16"], typer.Option(help="Numbers it computes with.")
    ] = "auto",
) -> None:
    """Compare what PyTorch, OpenVINO and ONNX Runtime take on this processor; jobs will choose by it."""
    from depth_engine.bench import runtime_costs
    from depth_engine.contract import Options
    from depth_engine.inference.runtimes import possible_runs

    options = Options(model, weights, device="cpu", precision=precision, max_size=max_size)
    with (
        tempfile.TemporaryDirectory() as folder,
        typer.progressbar(length=len(possible_runs(options)), label="Measuring", file=sys.stderr) as bar,
    ):
        costs = runtime_costs(Path(folder), options, size, lambda: bar.update(1))
    base = costs[0][1]
    for run, cost in costs:
        if cost is None or cost.failure:
            typer.echo(f"{run.describe():18} {cost.failure if cost else 'Not enough memory.'}")
        else:
            ratio = f"   {base.seconds / cost.seconds:.2f} times as quick" if base and base is not cost else ""
            typer.echo(
                f"{run.describe():18} {1000 * cost.seconds:8.1f} ms a frame, {cost.startup:5.1f} s to start{ratio}"
            )
