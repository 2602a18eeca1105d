# SPDX-License-Identifier: Apache-2.0
"""`depth-engine export`: meshes and points of a finished result."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from depth_engine.cli.tasks import Result
from depth_engine.contract import DepthError, ExitCode, to_json


def export(
    result: Result,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="OUT", help="A folder of numbered files, or for one frame a file.")
    ],
    format: Annotated[  # noqa: A002  the option's name
        Literal["ply", "glb"] | None,
        typer.Option(help="PLY with colours at vertices, or binary glTF with a texture. Default: by OUT, else ply."),
    ] = None,
    shape: Annotated[Literal["mesh", "points"], typer.Option("--as", help="A surface, or points (PLY).")] = "mesh",
    frames: Annotated[
        str | None, typer.Option(metavar="A:B", help="First and last file number, both included. Default: all.")
    ] = None,
    step: Annotated[int, typer.Option(metavar="N", help="Every N-th frame.")] = 1,
    near: Annotated[
        float | None, typer.Option(metavar="X", help="Distance of what is nearest, 1 by default; crops true depth.")
    ] = None,
    far: Annotated[
        float | None, typer.Option(metavar="X", help="Distance of what is farthest, 20 by default; crops true depth.")
    ] = None,
    metric: Annotated[
        bool, typer.Option("--metric", help="True depth, by the result's calibration or of a metric model.")
    ] = False,
    field_of_view: Annotated[
        float, typer.Option(metavar="DEGREES", help="Horizontal angle of the camera that took the footage.")
    ] = 55.0,
    max_vertices: Annotated[
        int, typer.Option(metavar="N", help="Vertices of each frame at most: depth is sampled down to it.")
    ] = 150_000,
    edge_cut: Annotated[
        float, typer.Option(metavar="SHARE", help="Open where depth jumps by more than this share; 0: nowhere.")
    ] = 0.0,
    axis: Annotated[Literal["y", "z"], typer.Option(help="The axis that points up.")] = "y",
    scale: Annotated[float, typer.Option(metavar="X", help="Units of the file for one of depth.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Write each frame's depth as a coloured mesh or as points: PLY or binary glTF."""
    from depth_engine.cli.tables import size
    from depth_engine.jobs.failures import as_depth_error
    from depth_engine.tasks.export import ExportOptions, export_result
    from depth_engine.tasks.result import ResultFolder

    by_name: Literal["ply", "glb"] = "glb" if out.suffix == ".glb" else "ply"
    options = ExportOptions(
        format=format or by_name, shape=shape, frames=_frames(frames), step=step, near=near, far=far, metric=metric,
        field_of_view=field_of_view, max_vertices=max_vertices, edge_cut=edge_cut, axis=axis, scale=scale,
    )  # fmt: skip
    try:
        with _bar(as_json) as progress:
            done = export_result(ResultFolder.open(result), out.absolute(), options, progress)
    except OSError as error:
        raise as_depth_error(error, out) from error
    typer.echo(to_json(done).rstrip() if as_json else f"{len(done.files)} files, {size(done.bytes)}: {out}")


def _frames(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+):(\d+)", text)
    if not found:
        raise DepthError(ExitCode.USAGE, f"{text!r} is no range of frames.", "Use first and last: 1:48.")
    return int(found[1]), int(found[2])


@contextmanager
def _bar(as_json: bool) -> Generator[Callable[[int, int], None]]:
    """Takes frames done, and all of them: a bar on a terminal, nothing elsewhere."""
    if as_json or not sys.stdout.isatty():
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(TextColumn("Exporting"), BarColumn(), MofNCompleteColumn(), TextColumn("frames")) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
