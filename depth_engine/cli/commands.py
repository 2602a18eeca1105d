# SPDX-License-Identifier: Apache-2.0
"""The commands, each a few lines over the library. What is heavy is imported by the command that needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from depth_engine import __version__
from depth_engine.cli import bench, export, models, tasks, train
from depth_engine.cli.options import takes_options
from depth_engine.contract import CONTRACT_VERSION, DepthError, ExitCode, Job, JobFolder, Options, to_json

app = typer.Typer(
    help="Depth for footage of any length.",
    epilog="Results lie in a job folder: depth as EXR, a preview, a proxy for Blender, and manifest.json.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(models.app, name="models")
app.add_typer(bench.app, name="bench")
app.add_typer(train.app, name="train")
app.command(epilog="Example: depth-engine sample clip.depth 640,360@1 640,360@48")(tasks.sample)
app.command(epilog="Example: depth-engine calibrate clip.depth --points measured.csv --write-z")(tasks.calibrate)
app.command(epilog="Example: depth-engine normals clip.depth --field-of-view 55 --smooth 0.3")(tasks.normals)
app.command(epilog="Example: depth-engine export clip.depth -o clip_points --as points --edge-cut 0.1")(export.export)

Input = Annotated[
    Path, typer.Argument(metavar="INPUT", help="A movie, a folder of images, or one image of a numbered sequence.")
]
Rate = Annotated[str, typer.Option(metavar="RATE", help="Frames a second of an image sequence.")]
AsJson = Annotated[bool, typer.Option("--json", help="Speak JSON, for programs.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"depth-engine {__version__} (contract {CONTRACT_VERSION})")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: depth-engine estimate clip.mp4 -o clip.depth --frames 1:48 --format exr16 --format png16")
@takes_options
def estimate(
    source: Input,
    options: Options,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="OUT", help="The job folder. Default: CLIP.depth, here.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the finished result or the unfinished job in OUT.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the unfinished job in OUT, if there is one.")
    ] = False,
    rate: Rate = "24",
    as_json: AsJson = False,
) -> None:
    """Estimate depth for a clip."""
    from depth_engine.cli.reports import make_report
    from depth_engine.footage import find_source
    from depth_engine.inference.planner import plan_source, refuse
    from depth_engine.jobs.folders import new_job_folder, source_name
    from depth_engine.jobs.run import run_job

    if overwrite and resume:
        raise DepthError(ExitCode.USAGE, "--overwrite and --resume exclude each other.", "Give one of the two.")
    found = find_source(source, rate)
    job = Job(found, source_name(found), options)
    folder = JobFolder(out or Path(f"{job.name}.depth"))
    if overwrite:  # the old result is given up only for a job that can start
        refuse(plan_source(found, options, folder.path))
    with new_job_folder(folder, job, overwrite=overwrite, resume=resume), make_report(folder, as_json) as report:
        run_job(folder, report, own_process=True)


@app.command(epilog="Example: depth-engine run clip.depth")
def run(
    folder: Annotated[Path, typer.Argument(metavar="JOB_FOLDER", help="A folder with a job.json.")],
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew, whatever an earlier run has left.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the job of a folder, or go on with it after a failure, a cancel or a crash."""
    from depth_engine.cli.reports import make_report
    from depth_engine.jobs.run import run_job
    from depth_engine.tasks import run_task

    job_folder = JobFolder(folder)
    with make_report(job_folder, as_json) as report:
        if job_folder.task_kind():
            run_task(job_folder, report, own_process=True)
        else:
            run_job(job_folder, report, own_process=True, restart=restart)


@app.command(epilog="Example: depth-engine plan clip.mp4 --step 2")
@takes_options
def plan(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT|JOB_FOLDER",
            help="What to estimate, or a folder with a job.json, which brings its own options.",
        ),
    ],
    options: Options,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="OUT", help="Where the job folder would lie.")
    ] = None,
    rate: Rate = "24",
    as_json: AsJson = False,
) -> int:
    """Tell frames, sizes, time, memory and disk of a job, and why it could not start."""
    from depth_engine.cli.tables import plan_lines
    from depth_engine.footage import find_source
    from depth_engine.inference.planner import plan_source, refuse

    job_folder = JobFolder(source)
    if job_folder.job_file.exists():
        if options != Options():
            raise DepthError(ExitCode.USAGE, "A job folder brings its own options.", "Change them in its job.json.")
        job, where = job_folder.read_job(), out or source
        found, options = job.source, job.options
    else:
        found, where = find_source(source, rate), out or Path()
    planned = plan_source(found, options, where)
    if as_json:  # the answer itself tells the problems
        typer.echo(to_json(planned), nl=False)
        return planned.problems[0].code if planned.problems else ExitCode.OK
    typer.echo(plan_lines(planned), nl=False)
    refuse(planned)
    return ExitCode.OK


@app.command(epilog="Example: depth-engine doctor --json")
def doctor(as_json: AsJson = False) -> int:
    """Check that this installation can do its work."""
    from depth_engine.cli.tables import diagnosis_lines
    from depth_engine.doctor import diagnose

    diagnosis = diagnose()
    typer.echo(to_json(diagnosis) if as_json else diagnosis_lines(diagnosis), nl=False)
    return ExitCode.INTERNAL if any(check.status == "error" for check in diagnosis.checks) else ExitCode.OK
