# SPDX-License-Identifier: Apache-2.0
"""The commands that work on a finished result."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Annotated, TypeVar, cast

import typer

from depth_engine.cli.points import read_observations, read_positions
from depth_engine.cli.tables import calibration_lines
from depth_engine.contract import (
    CalibrateJob,
    Calibration,
    DepthError,
    ExitCode,
    JobFolder,
    NormalsAnswer,
    NormalsJob,
    PixelPosition,
    SampleAnswer,
    SampleJob,
    Task,
)

Result = Annotated[Path, typer.Argument(metavar="RESULT", help="The folder of a finished estimate.")]

T = TypeVar("T")

POSITION = re.compile(r"(\d+(?:\.\d*)?),(\d+(?:\.\d*)?)@(\d+)")


def run_in(result: Path, task: Task, kind: type[T], *, as_json: bool) -> T:
    """Run a task in a folder of its own inside the result, which is taken away again, and return its answer."""
    from depth_engine.cli.reports import make_report
    from depth_engine.tasks import new_task_folder, run_task

    folder = _made(new_task_folder(result, task.kind), task)
    try:
        with make_report(folder, as_json) as report:
            return cast(T, run_task(folder, None if as_json else report, own_process=True))
    finally:
        shutil.rmtree(folder.path, ignore_errors=True)


def _made(folder: JobFolder, task: Task) -> JobFolder:
    from depth_engine.jobs.failures import as_depth_error
    from depth_engine.tasks.result import ResultFolder

    ResultFolder.open(Path(task.result))  # before anything is written into somebody else's folder
    try:
        folder.write_job(task)
    except OSError as error:
        raise as_depth_error(error, folder.path) from error
    return folder


def sample(
    result: Result,
    positions: Annotated[
        list[str] | None,
        typer.Argument(metavar="X,Y@FRAME…", help="Pixels from the top left corner, and a file number."),
    ] = None,
    points: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV or JSON with frame, x and y, instead of places.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Tell the raw disparity at places of the picture."""
    from depth_engine.contract import to_json

    if (points is None) == (not positions):
        raise DepthError(ExitCode.USAGE, "Give places or a file of them.", "Write x,y@frame, or --points FILE.")
    places = read_positions(points) if points else tuple(map(_position, positions or ()))
    task = SampleJob(str(result.absolute()), places)
    answer = run_in(result, task, SampleAnswer, as_json=as_json)
    typer.echo(to_json(answer).rstrip() if as_json else "\n".join(map(str, answer.values)))


def calibrate(
    result: Result,
    points: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="CSV or JSON with frame, x, y and depth (and weight): depth along the camera's axis."
        ),
    ] = None,
    far: Annotated[
        float | None, typer.Option(metavar="DEPTH", help="Where the farthest stands, if there is only one point.")
    ] = None,
    write_z: Annotated[bool, typer.Option("--write-z", help="Add Z, planar depth, to the EXRs.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the calibration away, and Z with it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Fit each shot's scale and shift to points of known depth."""
    from depth_engine.contract import to_json

    if remove and (points or far or write_z):
        raise DepthError(ExitCode.USAGE, "--remove takes no other option.", "Calibrate again afterwards.")
    if not (remove or points or write_z):
        raise DepthError(ExitCode.USAGE, "There is nothing to do.", "Give --points FILE, --write-z or --remove.")
    observations = read_observations(points) if points else ()
    source = points.name if points else ""
    task = CalibrateJob(str(result.absolute()), observations, source, far, write_z, remove)
    answer = run_in(result, task, Calibration, as_json=as_json)
    typer.echo(to_json(answer).rstrip() if as_json else calibration_lines(answer))


def normals(
    result: Result,
    field_of_view: Annotated[
        float, typer.Option(metavar="DEGREES", help="Horizontal angle of the camera that took the footage.")
    ] = 55.0,
    near: Annotated[float, typer.Option(metavar="METRES", help="Distance of what is nearest.")] = 1.0,
    far: Annotated[float, typer.Option(metavar="METRES", help="Distance of what is farthest.")] = 20.0,
    smooth: Annotated[
        float, typer.Option(metavar="PERCENT", help="Take noise out of depth, over this share of the width; 0: none.")
    ] = 0.2,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Write normals and the footage's own lighting, for relighting."""
    from depth_engine.contract import to_json

    try:
        task = NormalsJob(str(result.absolute()), field_of_view, near, far, smooth)
    except DepthError as error:
        raise DepthError(ExitCode.USAGE, error.message, error.hint) from None
    answer = run_in(result, task, NormalsAnswer, as_json=as_json)
    if as_json:
        typer.echo(to_json(answer).rstrip())
    else:
        typer.echo(f"{answer.frames} frames: {result / answer.normals.pattern}, {result / answer.lighting.pattern}")


def _position(text: str) -> PixelPosition:
    match = POSITION.fullmatch(text)
    if match is None:
        raise DepthError(ExitCode.USAGE, f"{text!r} is no place in the footage.", "Write x,y@frame: 640.5,360.5@12.")
    return PixelPosition(int(match[3]), float(match[1]), float(match[2]))
