# SPDX-License-Identifier: Apache-2.0
"""`depth-engine train`: make training data and train the models that come with the engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(help="Make training data, and train the models that come with the engine.")


@app.command(epilog="Example: depth-engine train synthetic data --clips 400 --jobs 2")
def synthetic(
    out: Annotated[Path, typer.Argument(metavar="DATA", help="The data folder; what is there already is kept.")],
    clips: Annotated[int, typer.Option(metavar="N", min=1, help="Scenes to make.")] = 100,
    first: Annotated[int, typer.Option(metavar="N", min=0, help="Number of the first scene in its split.")] = 0,
    split: Annotated[Literal["train", "held_out"], typer.Option(help="What the scenes are for.")] = "train",
    families: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this family. Repeatable. Default: all.")
    ] = None,
    pixels: Annotated[int, typer.Option(metavar="N", min=4096, help="Pixels of a frame, about.")] = 57_600,
    jobs: Annotated[int, typer.Option(metavar="N", min=0, help="Blender processes; 0: one a core.")] = 0,
    blender: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Blender, or a Python with bpy. Default: found.")
    ] = None,
    environments: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder of .exr or .hdr skies. Default: painted skies.")
    ] = None,
) -> None:
    """Render scenes with exact depth, camera and flow. Started again, it goes on where it ended."""
    from depth_engine.cli.counting import counting
    from depth_engine.training.synthetic import blender as programs
    from depth_engine.training.synthetic import catalogue, generate

    chosen = families or []
    catalogue.known(split, chosen)
    command = programs.renderer(blender)
    plans = [catalogue.plan(split, first + number, chosen, pixels) for number in range(clips)]
    with counting("Rendering scenes", len(plans)) as count:
        tally = generate.Tally()

        def report(done: generate.Done) -> None:
            tally.add(done)
            count(str(tally))

        generate.generate(plans, out, command, jobs or os.cpu_count() or 1, report, environments)
    typer.echo(f"{tally} in {out / split}")
