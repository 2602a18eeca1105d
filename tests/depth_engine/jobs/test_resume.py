# SPDX-License-Identifier: GPL-3.0-or-later
"""A job goes on after whatever broke it off, and its result is that of an uninterrupted one, byte for byte."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from depth_engine.contract import (
    DepthError,
    ExitCode,
    JobFolder,
    MovieSource,
    to_json,
)
from depth_engine.jobs import run_job
from tests.depth_engine.oracle import Oracle, Recurrent, make_job
from tests.support.movies import make_movie

ROOT = Path(__file__).resolve().parents[3]
FRAMES = 70
SHOTS = "21,50"
KILLS = 32
LIMIT_SECONDS = 60
FORMATS = [("exr32", "npz"), ("exr16", "png16", "npz"), ("png16",)]
"""With float depth that stays, and with float depth that is needed until a shot's end only."""


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    path = make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=FRAMES, size=(48, 32))
    return MovieSource(str(path))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, movie: MovieSource) -> Callable[..., JobFolder]:
    """The result of an uninterrupted run of such a job, made once."""
    made: dict[str, JobFolder] = {}

    def result(model: Recurrent | Oracle, formats: tuple[str, ...]) -> JobFolder:
        key = f"{model.info.name} {formats}"
        if key not in made:
            made[key] = make_job(JobFolder(tmp_path_factory.mktemp("whole")), movie, shots=SHOTS, format=formats)
            run_job(made[key], model=model)
        return made[key]

    return result


def _files(job: JobFolder) -> dict[str, bytes]:
    """Everything that a job made, but for what tells when and how often it ran."""
    files = {path.relative_to(job.path).as_posix(): path for path in job.path.rglob("*") if path.is_file()}
    found = {name: path.read_bytes() for name, path in files.items()}
    for name in [*found]:
        if name.startswith(("events.", "engine.log", "lock")):
            del found[name]
    manifest = job.read_manifest()
    assert manifest
    found["manifest.json"] = to_json(replace(manifest, seconds=0.0)).encode()
    return found


def _assert_same(job: JobFolder, wanted: JobFolder) -> None:
    mine, others = _files(job), _files(wanted)
    assert sorted(mine) == sorted(others)
    assert [name for name in mine if mine[name] != others[name]] == []
    assert not (job.path / "checkpoint").exists() and not (job.path / "work").exists()


def _assert_finished(job: JobFolder) -> None:
    """Also where the engine was killed after the manifest: the next one tidies up, and leaves the result alone."""
    with pytest.raises(DepthError) as caught:
        run_job(job, model=Oracle())
    assert caught.value.code is ExitCode.JOB_FINISHED


def _start(job: JobFolder, model: str, seconds: float = 0.0, dies_at: int = 0) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.depth_engine.jobs.oracle_job"]
    return subprocess.Popen([*command, str(job.path), model, str(seconds), str(dies_at)], cwd=ROOT)


def _stop(number: int, error: BaseException) -> Callable[[int], None]:
    def action(current: int) -> None:
        if current == number:
            raise error

    return action


def _break_off(job: JobFolder, number: int = 40, model: type[Recurrent] | type[Oracle] = Recurrent) -> DepthError:
    with pytest.raises(DepthError) as caught:
        run_job(job, model=model(before_frame=_stop(number, ZeroDivisionError("broken off"))))
    return caught.value


def _refusal(job: JobFolder, model: Recurrent | None = None) -> DepthError:
    with pytest.raises(DepthError) as caught:
        run_job(job, model=model or Recurrent())
    assert caught.value.message.count("\n") == 0 and caught.value.message.endswith(".") and caught.value.hint
    return caught.value


# --- kills -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "formats"), [("recurrent", FORMATS[0]), ("recurrent", FORMATS[1]), ("oracle", FORMATS[2])]
)
def test_killed_at_random_moments_the_result_is_the_same(
    tmp_path: Path, movie: MovieSource, whole: Callable[..., JobFolder], model: str, formats: tuple[str, ...]
):
    """Each job is killed again and again, also while it takes itself up, until it is finished; then the next begins."""
    moments = random.Random(f"{model} {formats}")
    kills = attempts = 0
    while kills < KILLS // 3 + 1:
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
        _assert_same(job, whole(Recurrent() if model == "recurrent" else Oracle(), formats))


@pytest.mark.parametrize("formats", FORMATS[:2])
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_at_any_change_of_a_file_the_result_is_the_same(
    tmp_path: Path, movie: MovieSource, whole: Callable[..., JobFolder], formats: tuple[str, ...]
):
    """A run renames and removes some hundred files; it dies before one of them, and the run after it as well."""
    moments = random.Random(str(formats))
    for attempt in range(8):
        job = make_job(JobFolder(tmp_path / f"{attempt}.depth"), movie, shots=SHOTS, format=formats)
        for _ in range(2):
            with _start(job, "recurrent", dies_at=moments.randrange(1, 300)) as process:
                assert process.wait(LIMIT_SECONDS) in (-signal.SIGKILL, 0, ExitCode.JOB_FINISHED)
        if not job.manifest_file.exists():
            run_job(job, model=Recurrent())
        _assert_finished(job)
        _assert_same(job, whole(Recurrent(), formats))
