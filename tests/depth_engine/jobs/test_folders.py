# SPDX-License-Identifier: GPL-3.0-or-later
"""New job folders: made, refused, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from depth_engine.contract import DepthError, ExitCode, ImagesSource, Job, JobFolder, JobLock, MovieSource, Source
from depth_engine.jobs.folders import new_job_folder, source_name

JOB = Job(MovieSource("/clip.mp4"), "clip")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (MovieSource("/footage/A001 take 2.mov"), "A001_take_2"),
        (ImagesSource("/footage/plate", ("shot_a.1001.exr", "shot_a.1002.exr")), "shot_a"),
        (ImagesSource("/footage/plate", ("0001.png",)), "plate"),
        (ImagesSource("/footage/plate", ("IMG_2044.jpg",)), "IMG"),
    ],
)
def test_a_job_is_called_after_its_footage(source: Source, name: str):
    assert source_name(source) == name


@pytest.mark.parametrize("code", [ExitCode.BAD_INPUT, ExitCode.DISK_FULL])
def test_a_folder_made_for_nothing_is_taken_back_with_those_above_it(tmp_path: Path, code: ExitCode):
    folder = JobFolder(tmp_path / "a" / "b" / "clip.depth")
    with pytest.raises(DepthError), new_job_folder(folder, JOB, overwrite=False):
        assert folder.read_job() == JOB
        raise DepthError(code, "No.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [ExitCode.CANCELLED, ExitCode.INTERNAL])
def test_a_folder_worth_keeping_stays(tmp_path: Path, code: ExitCode):
    """A cancelled job may be run again; the log of an unforeseen failure is wanted."""
    folder = JobFolder(tmp_path / "clip.depth")
    with pytest.raises(DepthError), new_job_folder(folder, JOB, overwrite=False):
        raise DepthError(code, "No.")
    assert folder.read_job() == JOB


def test_what_was_computed_stays(tmp_path: Path):
    folder = JobFolder(tmp_path / "clip.depth")
    with pytest.raises(DepthError), new_job_folder(folder, JOB, overwrite=False):
        (folder.path / "depth").mkdir()
        (folder.path / "depth" / "clip.000001.exr").write_bytes(b"whole")
        raise DepthError(ExitCode.BAD_INPUT, "The second frame is damaged.")
    assert (folder.path / "depth" / "clip.000001.exr").exists()


def test_a_folder_that_was_there_stays(tmp_path: Path):
    with pytest.raises(DepthError), new_job_folder(JobFolder(tmp_path), JOB, overwrite=False):
        raise DepthError(ExitCode.BAD_INPUT, "No.")
    assert tmp_path.is_dir()


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_running_job_is_never_replaced(tmp_path: Path, overwrite: bool):
    folder = JobFolder(tmp_path)
    folder.write_job(JOB)
    lock = JobLock(folder.lock_file)
    assert lock.acquire()
    with pytest.raises(DepthError) as caught, new_job_folder(folder, JOB, overwrite=overwrite):
        pytest.fail("it was replaced")
    lock.release()
    assert caught.value.code is ExitCode.JOB_BUSY


def test_nothing_but_jobs_is_overwritten(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DepthError) as caught, new_job_folder(JobFolder(tmp_path), JOB, overwrite=True):
        pytest.fail("it was taken")
    assert caught.value.code is ExitCode.USAGE
