# SPDX-License-Identifier: GPL-3.0-or-later
"""A killed job with DepthCrafter goes on bit for bit, seams and drift included, through the program itself."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from depth_engine.contract import DepthError, ExitCode, JobFolder, MovieSource
from depth_engine.jobs import run_job
from tests.depth_engine.jobs.same import assert_same
from tests.depth_engine.models.depthcrafter.cases import WEIGHTS
from tests.depth_engine.oracle import make_job
from tests.support.movies import make_movie

ROOT = Path(__file__).resolve().parents[4]
KILLS = 2
LIMIT_SECONDS = 120
OPTIONS = {
    "model": "depthcrafter",
    "weights": str(WEIGHTS),
    "device": "cpu",
    "precision": "fp32",
    "steps": 2,
    "window": 10,
    "overlap": 4,
    "shots": "18",
    "seed": 7,
    "format": ("exr32", "npz"),
}


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    return MovieSource(str(make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=28, size=(64, 64))))


def _killed_after_a_checkpoint(job: JobFolder, seconds: float) -> None:
    """Run until a new checkpoint is there, and a little longer."""
    before = job.checkpoint_file.stat().st_mtime_ns if job.checkpoint_file.exists() else 0
    command = [sys.executable, "-m", "depth_engine", "run", str(job.path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + LIMIT_SECONDS
        while process.poll() is None and not (
            job.checkpoint_file.exists() and job.checkpoint_file.stat().st_mtime_ns > before
        ):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(seconds)
        process.kill()


def test_a_killed_job_goes_on_bit_for_bit(tmp_path: Path, movie: MovieSource):
    whole = make_job(JobFolder(tmp_path / "whole.depth"), movie, **OPTIONS)
    manifest = run_job(whole)
    assert len(manifest.shots) == 2 and len(manifest.seams) >= 3
    job = make_job(JobFolder(tmp_path / "clip.depth"), movie, **OPTIONS)
    moments = random.Random(3)
    for _ in range(KILLS):
        _killed_after_a_checkpoint(job, moments.uniform(0.0, 0.3))
        assert job.checkpoint_file.exists() or job.manifest_file.exists()
    try:
        run_job(job)
    except DepthError as error:  # the machine was quick enough to finish it between two kills
        assert error.code is ExitCode.JOB_FINISHED
    assert_same(job, whole)
