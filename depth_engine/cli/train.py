# SPDX-License-Identifier: Apache-2.0
"""`depth-engine train`: make training data and train the models that come with the engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from depth_engine.contract import DepthError, ExitCode, user_data_folder

app = typer.Typer(help="Make training data, and train the models that come with the engine.")


QUICK_CLIPS: dict[Literal["train", "held_out"], int] = {"train": 36, "held_out": 8}
"""What `train embedded --quick` renders."""

Data = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Rendered clips: a folder with train/ and held_out/.")
]
Device = Annotated[str, typer.Option(metavar="auto|cpu|cuda[:N]", help="Where the networks run.")]


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
    skies: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder of .exr or .hdr skies, besides the painted ones.")
    ] = None,
    photo_skies: Annotated[
        bool, typer.Option("--photo-skies", help="Download 18 photographed skies (CC0, 14 MB) and use them.")
    ] = False,
) -> None:
    """Render scenes with exact depth, camera and flow. Started again, it goes on where it ended."""
    from depth_engine.cli.counting import counting
    from depth_engine.training.synthetic import blender as programs
    from depth_engine.training.synthetic import catalogue, generate
    from depth_engine.training.synthetic.skies import fetch_skies

    chosen = families or []
    catalogue.known(split, chosen)
    command = programs.renderer(blender)
    if photo_skies:
        skies = fetch_skies(skies or user_data_folder() / "skies")
    plans = [catalogue.plan(split, first + number, chosen, pixels) for number in range(clips)]
    tally = generate.Tally()
    try:
        with counting("Rendering scenes", len(plans)) as count:

            def report(done: generate.Done) -> None:
                tally.add(done)
                count(str(tally))

            generate.generate(plans, out, command, jobs or os.cpu_count() or 1, report, skies)
    except KeyboardInterrupt:
        typer.echo(f"Stopped: {tally} in {out / split}; the same command goes on")
        raise DepthError(ExitCode.CANCELLED, "The work was stopped.") from None
    typer.echo(f"{tally} in {out / split}")


@app.command(epilog="Example: depth-engine train inspect data --sheet data.jpg")
def inspect(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A data folder.")],
    sheet: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a contact sheet, as .jpg or .png.")] = None,
    columns: Annotated[int, typer.Option(metavar="N", min=1, help="Pictures a family on the sheet.")] = 8,
) -> None:
    """Tell what a data folder holds: families, depths, motion, effects, frames that teach nothing."""
    from depth_engine.training.synthetic.contact_sheet import write_sheet
    from depth_engine.training.synthetic.survey import lines, survey

    typer.echo("\n".join(lines(survey(data))))
    if sheet:
        write_sheet(data, sheet, columns)


@app.command(epilog="Example: depth-engine train embedded cpu --data synthetic -o training --resume")
def embedded(
    recipe: Annotated[
        str, typer.Argument(metavar="CONFIG", help="A recipe's TOML file, or one that comes with the engine: cpu, gpu.")
    ] = "",
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Rendered clips: a folder with train/ and held_out/. --quick renders its own without."
        ),
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="The training's folder.")] = Path("training"),
    quick: Annotated[
        bool, typer.Option("--quick", help="A small version, from nothing: ten minutes on two idle cores.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in OUT.")] = False,
    device: Device = "auto",
    start: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Begin with these weights: this network's (.safetensors), or DINOv2's (.onnx), which pip brings by "
            "default.",
        ),
    ] = None,
) -> None:
    """Train the embedded model on rendered clips, from the public DINOv2 weights or from weights of its own."""
    from depth_engine.inference.device import choose_device
    from depth_engine.training.embedded.dinov2 import fetch
    from depth_engine.training.embedded.recipe import find_recipe, read_recipe
    from depth_engine.training.embedded.training import Training

    if bool(recipe) == quick:
        raise DepthError(ExitCode.USAGE, "Give either a recipe or --quick.", "For instance: train embedded cpu")
    if data is None and not quick:
        raise DepthError(
            ExitCode.USAGE, "Give --data, the rendered clips.", "Render some: depth-engine train synthetic"
        )
    found = find_recipe("quick" if quick else recipe)
    read_recipe(found)  # what is wrong in it is told before anything is fetched
    begin = start or fetch(user_data_folder() / "dinov2")
    if data is None:
        data = out / "data"
        for split, clips in QUICK_CLIPS.items():
            synthetic(data, clips, split=split)
    done = Training(found, data, out, begin, choose_device(device)).run(typer.echo, resume=resume)
    typer.echo(f"{done}; make it ready for use with: depth-engine train export {out} -o FOLDER --data {data}")


@app.command(epilog="Example: depth-engine train export training -o mine --data data")
def export(
    training: Annotated[Path, typer.Argument(metavar="TRAINING", help="A training's folder.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="A new folder for weights and card.")],
    temporal: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=1,
            help="Share of what the temporal modules add; less gives more detail and more flicker.",
        ),
    ] = 1.0,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA",
            help="Rendered scenes: weights are rounded for what the encoder sees of them, which keeps more detail.",
        ),
    ] = None,
) -> None:
    """Store the last finished stage as int8 weights with a model card, ready for `estimate --weights`."""
    from depth_engine.training.embedded.packaging import export as write

    path = write(training, out, temporal, data)
    typer.echo(f"{path}: depth-engine estimate CLIP --model embedded --weights {out}")


@app.command(epilog="Example: depth-engine train compare out --data data --model embedded --footage clip.mp4")
def compare(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder for tables and pictures.")],
    data: Data = Path("synthetic"),
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="NAME[=DIR]", help="A model, with its weights' folder. Repeatable."),
    ] = None,
    fastdepth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="FastDepth's ONNX file, to compare with.")
    ] = None,
    footage: Annotated[
        list[Path] | None, typer.Option(metavar="INPUT", help="Real footage to show frames of. Repeatable.")
    ] = None,
    frames: Annotated[int, typer.Option(metavar="N", min=1, help="Frames to show of each footage.")] = 4,
    clips: Annotated[int, typer.Option(metavar="N", min=1, help="Held-out scenes to look at, at most.")] = 40,
    device: Device = "auto",
) -> None:
    """Score models on held-out scenes beside a constant and a row gradient, and show them on real frames."""
    from depth_engine.evaluation import candidates, comparison
    from depth_engine.evaluation.real import real_frames
    from depth_engine.training.synthetic.clips import read_split

    chosen: dict[str, candidates.Candidate] = {}
    for told in models or ["embedded"]:
        name, _, folder = told.partition("=")
        chosen[told] = candidates.engine_model(name, Path(folder) if folder else None, device)
    if fastdepth:
        chosen["FastDepth"] = candidates.fastdepth(fastdepth)
    shown = real_frames(footage or [], frames)
    trivial = {"constant": candidates.constant, "row gradient": candidates.row_gradient}
    held_out = read_split(data, "held_out")
    step = -(-len(held_out) // clips)
    comparison.compare(held_out[::step], trivial | chosen, out, typer.echo)
    if shown:
        comparison.show(shown, chosen, out)
    typer.echo((out / "scores.md").read_text(encoding="utf-8"), nl=False)
