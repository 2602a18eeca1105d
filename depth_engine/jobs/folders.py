# SPDX-License-Identifier: Apache-2.0
"""Making a job folder for a new job."""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePath

from depth_engine.contract import (
    DepthError,
    ExitCode,
    ImagesSource,
    Job,
    JobFolder,
    Source,
    clip_name,
)
from depth_engine.jobs.checkpoint import CheckpointFile
from depth_engine.jobs.failures import as_depth_error
from depth_engine.jobs.identity import refuse_changed_job
from depth_engine.outputs.layout import has_outputs, remove_outputs


def source_name(source: Source) -> str:
    """How a job of this source is called: the movie's name, or that of the images without their number."""
    if isinstance(source, ImagesSource):
        stem = re.sub(r"[\W_]*\d+$", "", PurePath(source.files[0]).stem)
        return clip_name(stem or PurePath(source.directory).name)
    return clip_name(PurePath(source.path).stem)


@contextmanager
def new_job_folder(folder: JobFolder, job: Job, *, overwrite: bool, resume: bool = False) -> Generator[None]:
    """Write job.json for the block that runs the job.

    A folder that is made here is taken away again when the block fails before anything was computed. A finished job
    and one that can go on are replaced with `overwrite` only, a running one never, and a folder that is no job's is
    left alone. resume: a job that can go on stays as it is; it must be the same.
    Raises DepthError USAGE, JOB_BUSY, JOB_FINISHED, JOB_UNFINISHED, CANNOT_RESUME or NOT_WRITABLE.
    """
    path = folder.path.absolute()
    made = next((parent for parent in [*reversed(path.parents), path] if not parent.exists()), None)
    try:
        if not (resume and _can_go_on(folder, job)):
            _make_free(folder, overwrite)
            folder.write_job(job)
        yield
    except OSError as error:
        _take_back(made, path)
        raise as_depth_error(error, path) from error
    except DepthError as error:
        if error.code not in (ExitCode.CANCELLED, ExitCode.INTERNAL):
            _take_back(made, path)
        raise


def _can_go_on(folder: JobFolder, job: Job) -> bool:
    """Whether the folder's job has a checkpoint. Raises DepthError CANNOT_RESUME where `job` is another one."""
    if folder.manifest_file.exists() or not CheckpointFile(folder).exists():
        return False
    refuse_changed_job(folder.read_job(), job)
    return True


def _make_free(folder: JobFolder, overwrite: bool) -> None:
    if not folder.path.is_dir() or not any(folder.path.iterdir()):
        return
    if not folder.job_file.exists():
        raise DepthError(
            ExitCode.USAGE, f"{folder.path} is not empty and is no job folder.", "Choose a new folder with -o."
        )
    if folder.is_running():
        raise DepthError(
            ExitCode.JOB_BUSY, f"The job in {folder.path} is running already.", "Wait for it, or choose another folder."
        )
    finished, checkpoint = folder.manifest_file.exists(), CheckpointFile(folder)
    if finished and not overwrite:
        raise DepthError(
            ExitCode.JOB_FINISHED,
            f"{folder.path} holds a finished result.",
            "Choose another folder with -o, or give --overwrite.",
        )
    if checkpoint.exists() and not overwrite:
        raise DepthError(
            ExitCode.JOB_UNFINISHED,
            f"{folder.path} holds an unfinished job.",
            "Go on with it with --resume, or replace it with --overwrite.",
        )
    checkpoint.remove()
    if finished:
        folder.manifest_file.unlink()
        folder.calibration_file.unlink(missing_ok=True)
        remove_outputs(folder.path)


def _take_back(made: Path | None, path: Path) -> None:
    if made and made.exists() and not has_outputs(path):
        shutil.rmtree(made)
