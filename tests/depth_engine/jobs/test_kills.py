# SPDX-License-Identifier: GPL-3.0-or-later
"""However often and whenever the engine is killed, the result is that of an uninterrupted run, byte for byte."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from depth_engine.contract import DepthError, ExitCode, JobFolder, MovieSource
from depth_engine.jobs import run_job
from tests.depth_engine.jobs.oracle_job import MODELS
from tests.depth_engine.jobs.same import assert_same
from tests.depth_engine.oracle import Oracle, make_job
from tests.support.movies import make_movie

ROOT = Path(__file__).resolve().parents[3]
FRAMES = 70
SHOTS = "21,50"
KILLS = 11
LIMIT_SECONDS = 60
KEPT, UNTIL_SHOT_ENDS, PICTURES = ("exr32", "npz"), ("exr16", "png16", "npz"), ("png16",)
"""Float depth stays, or is needed until a shot's end only; NPZ parts of 64 frames run across the shots."""

WholeJob = Callable[[str, tuple[str, ...]], JobFolder]


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    path = make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=FRAMES, size=(48, 32))
    return MovieSource(str(path))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, movie: MovieSource) -> WholeJob:
    """The result of an uninterrupted run of such a job, made once."""
    made: dict[tuple[str, tuple[str, ...]], JobFolder] = {}

    def result(model: str, formats: tuple[str, ...]) -> JobFolder:
        if (model, formats) not in made:
            job = make_job(JobFolder(tmp_path_factory.mktemp("whole")), movie, shots=SHOTS, format=formats)
            run_job(job, model=MODELS[model]())
            made[model, formats] = job
        return made[model, formats]

    return result


def _start(job: JobFolder, model: str, seconds: float = 0.0, dies_at: int = 0) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.depth_engine.jobs.oracle_job", str(job.path), model]
    return subprocess.Popen([*command, str(seconds), str(dies_at)], cwd=ROOT, stderr=subprocess.DEVNULL)


def _assert_finished(job: JobFolder) -> None:
    """Also where the engine was killed after the manifest: the next one tidies up, and leaves the result alone."""
    with pytest.raises(DepthError) as caught:
        run_job(job, model=Oracle())
    assert caught.value.code is ExitCode.JOB_FINISHED


@pytest.mark.parametrize(
    ("model", "formats"), [("recurrent", KEPT), ("recurrent", UNTIL_SHOT_ENDS), ("oracle", PICTURES)]
)
def test_killed_at_random_moments(
    tmp_path: Path, movie: MovieSource, whole: WholeJob, model: str, formats: tuple[str, ...]
):
    """Each job is killed again and again, also while it takes itself up, until it is finished; then the next begins."""
    moments = random.Random(f"{model} {formats}")
    kills = attempts = 0
    while kills < KILLS:
        attempts += 1
        job = make_job(JobFolder(tmp_path / f"{attempts}.depth"), movie, shots=SHOTS, format=formats)
        longest = 0.8
        while not job.manifest_file.exists():
            with _start(job, model, seconds=0.005) as process:
                try:
                    process.wait(moments.uniform(0.2, longest))
                except subprocess.TimeoutExpired:
                    process.kill()
                    kills += 1
            longest *= 1.2  # a busy machine needs that long to come to the first frame
        _assert_finished(job)
        assert_same(job, whole(model, formats))


@pytest.mark.parametrize("formats", [KEPT, UNTIL_SHOT_ENDS])
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_between_two_changes_of_files(
    tmp_path: Path, movie: MovieSource, whole: WholeJob, formats: tuple[str, ...]
):
    """A run renames and removes some hundred files; it dies before one of them, and the run after it as well."""
    moments = random.Random(str(formats))
    for attempt in range(6):
        job = make_job(JobFolder(tmp_path / f"{attempt}.depth"), movie, shots=SHOTS, format=formats)
        for _ in range(2):
            with _start(job, "recurrent", dies_at=moments.randrange(1, 300)) as process:
                assert process.wait(LIMIT_SECONDS) in (-signal.SIGKILL, 0, ExitCode.JOB_FINISHED)
        if not job.manifest_file.exists():
            run_job(job, model=MODELS["recurrent"]())
        _assert_finished(job)
        assert_same(job, whole("recurrent", formats))
