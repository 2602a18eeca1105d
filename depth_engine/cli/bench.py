# SPDX-License-Identifier: Apache-2.0
"""`depth-engine bench`: what a job costs on this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(help="Measure what a job costs on this machine.")

MEGABYTE = 2**20


@app.command(epilog="Example: depth-engine bench memory --frames 100 --frames 1000")
def memory(
    frames: Annotated[list[int], typer.Option(metavar="N", help="Lengths to compare, in frames.")] = [100, 10_000],  # noqa: B006
    size: Annotated[tuple[int, int], typer.Option(metavar="W H", help="The footage's size.")] = (192, 108),
    max_size: Annotated[int, typer.Option(metavar="N", help="Longest side that the model sees.")] = 112,
) -> None:
    """Show that a job's peak memory does not grow with the footage's length."""
    from depth_engine.bench import make_footage, peak_memory

    typer.echo(f"{'frames':>8} {'peak memory':>12}")
    peaks: list[int] = []
    for count in frames:
        with tempfile.TemporaryDirectory() as folder:
            footage = Path(folder) / "footage.mp4"
            make_footage(footage, count, size)
            peaks.append(peak_memory(footage, Path(folder) / "out", ["--max-size", str(max_size)]))
        typer.echo(f"{count:8} {peaks[-1] / MEGABYTE:9.0f} MiB")
    typer.echo(f"last over first: {peaks[-1] / peaks[0]:.2f}")


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
