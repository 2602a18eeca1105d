# SPDX-License-Identifier: GPL-3.0-or-later
"""However a job ends, whole files are left, one event says how, and it can be run again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from depth_engine.contract import (
    Cancelled,
    DepthError,
    Done,
    Event,
    ExitCode,
    Failed,
    FramesWritten,
    ImagesSource,
    JobFolder,
    JobLock,
    MovieSource,
    PhaseChanged,
    Progress,
    Started,
    WarningRaised,
)
from depth_engine.jobs import run_job
from depth_engine.outputs.exr import read_exr
from tests.depth_engine.oracle import Oracle, make_job, smooth
from tests.support.images import make_images
from tests.support.movies import make_movie

ROOT = Path(__file__).resolve().parents[3]
LIMIT_SECONDS = 60
ENDS = (Done, Failed, Cancelled)


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    return MovieSource(str(make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=30)))


@pytest.fixture
def job(tmp_path: Path, movie: MovieSource) -> JobFolder:
    return make_job(JobFolder(tmp_path / "clip.depth"), movie, format=("exr32", "png16", "npz"), shots="off")


def _failure(job: JobFolder, oracle: Oracle) -> DepthError:
    with pytest.raises(DepthError) as caught:
        run_job(job, model=oracle)
    return caught.value


def _at(number: int, action: Callable[[], object]) -> Callable[[int], None]:
    return lambda current: action() and None if current == number else None


def _fail(error: Exception) -> Callable[[], object]:
    def action() -> None:
        raise error

    return action


def _assert_whole(job: JobFolder) -> None:
    """No half file, no manifest, no work that nobody goes on with, and every EXR holds what the oracle said."""
    assert not list(job.path.rglob("*.part"))
    assert job.checkpoint_file.exists() or not (job.path / "work").exists()
    assert job.read_manifest() is None
    for path in job.path.glob("depth/*.exr"):
        np.testing.assert_array_equal(read_exr(path), smooth(int(path.name.split(".")[1])))


def _assert_one_end(job: JobFolder, kind: type[Event]) -> Event:
    events = list(job.read_events())
    ends = [event for event in events if isinstance(event, ENDS)]
    assert len(ends) == 1 and isinstance(events[-1], kind)
    return events[-1]


# --- success -----------------------------------------------------------------------------------------------------


def test_the_events_of_a_job_tell_its_whole_way(job: JobFolder, movie: MovieSource):
    make_job(job, movie)
    seen: list[Event] = []
    manifest = run_job(job, seen.append, Oracle())
    events = list(job.read_events())
    assert events == seen
    assert [event.phase for event in events if isinstance(event, PhaseChanged)] == [
        "indexing",
        "cuts",
        *["estimating", "finishing"] * len(manifest.shots),
    ]
    (started,) = [event for event in events if isinstance(event, Started)]
    assert (started.frames_total, started.model, started.device) == (30, "oracle", "cpu")
    written = [event for event in events if isinstance(event, FramesWritten)]
    numbers = [n for event in written for n in range(event.first, event.last + 1)]
    assert numbers == list(range(1, 31))
    done = [event.frames_done for event in events if isinstance(event, Progress)]
    assert done == sorted(done) and done[-1] == 30
    assert isinstance(_assert_one_end(job, Done), Done)


def test_progress_has_an_eta_and_counts_frames(job: JobFolder):
    seen: list[Event] = []
    run_job(job, seen.append, Oracle(before_frame=lambda _: time.sleep(0.05)))
    told = [event for event in seen if isinstance(event, Progress) and event.phase == "estimating"]
    assert any(0 < event.frames_done < 30 and (event.eta_seconds or 0) > 0 for event in told)
    assert {event.frames_total for event in told} == {30}


# --- refusals ----------------------------------------------------------------------------------------------------


def test_a_running_job_is_left_alone(job: JobFolder):
    lock = JobLock(job.lock_file)
    assert lock.acquire()
    assert _failure(job, Oracle()).code is ExitCode.JOB_BUSY
    assert not job.events_file.exists()
    lock.release()
    run_job(job, model=Oracle())


def test_a_finished_job_is_left_alone(job: JobFolder):
    run_job(job, model=Oracle())
    before = job.events_file.read_bytes(), job.manifest_file.read_bytes()
    assert _failure(job, Oracle()).code is ExitCode.JOB_FINISHED
    assert (job.events_file.read_bytes(), job.manifest_file.read_bytes()) == before


def test_a_missing_folder_is_not_made(tmp_path: Path):
    assert _failure(JobFolder(tmp_path / "nothing"), Oracle()).code is ExitCode.BAD_JOB
    assert list(tmp_path.iterdir()) == []


# --- failures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), ExitCode.OUT_OF_MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), ExitCode.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), ExitCode.OUT_OF_MEMORY),
        (OSError(28, "No space left on device"), ExitCode.DISK_FULL),
        (ZeroDivisionError("division by zero"), ExitCode.INTERNAL),
    ],
)
def test_a_failure_has_its_code_and_leaves_whole_files(job: JobFolder, error: Exception, code: ExitCode):
    failure = _failure(job, Oracle(before_frame=_at(17, _fail(error))))
    assert failure.code is code
    assert failure.message.count("\n") == 0 and failure.message.endswith(".") and failure.hint
    event = _assert_one_end(job, Failed)
    assert isinstance(event, Failed) and (event.code, event.message, event.hint) == (
        code,
        failure.message,
        failure.hint,
    )
    _assert_whole(job)
    assert not list(job.path.glob("npz/*")) and not list(job.path.glob("preview/*"))


def _damaged_plate(tmp_path: Path) -> ImagesSource:
    files = make_images(tmp_path / "plate", frames=12, pattern="a.####.png", size=(96, 64))
    files[8].write_bytes(files[8].read_bytes()[:-60])
    return ImagesSource(str(tmp_path / "plate"), tuple(file.name for file in files))


def test_footage_that_turns_out_damaged_keeps_the_frames_before(tmp_path: Path):
    job = make_job(JobFolder(tmp_path / "clip.depth"), _damaged_plate(tmp_path), shots="off")
    failure = _failure(job, Oracle())
    assert failure.code is ExitCode.BAD_INPUT and "a.0009.png" in failure.message
    _assert_one_end(job, Failed)
    _assert_whole(job)
    assert (job.path / "depth" / "clip.000001.exr").exists()


def test_damage_that_the_search_for_cuts_meets_is_told_before_anything_is_computed(tmp_path: Path):
    job = make_job(JobFolder(tmp_path / "clip.depth"), _damaged_plate(tmp_path))
    failure = _failure(job, Oracle(before_frame=lambda _: pytest.fail("it began")))
    assert failure.code is ExitCode.BAD_INPUT and "a.0009.png" in failure.message
    _assert_one_end(job, Failed)


def test_only_the_log_has_the_traceback_of_what_nobody_foresaw(job: JobFolder):
    failure = _failure(job, Oracle(before_frame=_at(3, _fail(ZeroDivisionError("division by zero")))))
    assert "division by zero" in failure.message and str(job.log_file) in failure.hint
    assert "Traceback" in job.log_file.read_text() and "Traceback" not in job.events_file.read_text()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_not_written(job: JobFolder, value: float):
    def answer(number: int) -> np.ndarray:
        disparity = smooth(number)
        if number == 9:
            disparity[3, 4] = value
        return disparity

    failure = _failure(job, Oracle(answer))
    assert "frame 9" in failure.message
    _assert_whole(job)
    assert not (job.path / "depth" / "clip.000009.exr").exists()


def test_a_writer_s_failure_stops_a_model_in_the_middle_of_its_window(job: JobFolder, monkeypatch: pytest.MonkeyPatch):
    """The disk fills while the model works on a later window: it is not allowed to finish it."""
    reached: list[int] = []
    write_bytes = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name.startswith("clip.000002.exr"):
            raise OSError(28, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)

    def slowly(number: int) -> None:
        reached.append(number)
        time.sleep(0.02)

    assert _failure(job, Oracle(window=5, before_frame=slowly)).code is ExitCode.DISK_FULL
    assert max(reached) < 30
    _assert_whole(job)


def test_a_job_that_failed_can_be_run_again_and_keeps_its_earlier_events(job: JobFolder):
    _failure(job, Oracle(before_frame=_at(17, _fail(MemoryError()))))
    earlier = job.events_file.read_text()
    manifest = run_job(job, model=Oracle())
    assert manifest.warnings == () and any(isinstance(event, WarningRaised) for event in job.read_events())
    assert (job.path / "events.1.jsonl").read_text() == earlier
    assert isinstance(_assert_one_end(job, Done), Done)
    assert len(list(job.path.glob("depth/*.exr"))) == 30


def test_leftovers_of_another_range_do_not_mix_with_the_result(job: JobFolder, movie: MovieSource):
    _failure(job, Oracle(before_frame=_at(17, _fail(MemoryError()))))
    own = job.path / "depth" / "notes.txt"
    own.write_text("mine")
    make_job(job, movie, frames=(20, 22), shots="off")
    run_job(job, model=Oracle())
    assert sorted(path.name for path in job.path.glob("depth/*.exr")) == [f"clip.0000{n}.exr" for n in (20, 21, 22)]
    assert own.read_text() == "mine"


# --- cancelling --------------------------------------------------------------------------------------------------


def test_a_cancelled_job_stops_between_frames(job: JobFolder):
    def cancel() -> None:
        job.request_cancel()
        time.sleep(0.5)

    failure = _failure(job, Oracle(before_frame=_at(9, cancel)))
    assert failure.code is ExitCode.CANCELLED
    event = _assert_one_end(job, Cancelled)
    assert isinstance(event, Cancelled) and event.frames_done <= 12
    _assert_whole(job)
    assert not job.cancel_file.exists()
    run_job(job, model=Oracle())


def _start(job: JobFolder, seconds_per_frame: float) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.depth_engine.jobs.oracle_job",
        str(job.path),
        "oracle",
        str(seconds_per_frame),
    ]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def _wait_for(job: JobFolder, kind: type[Event]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not any(isinstance(event, kind) for event in job.read_events()):
        assert time.monotonic() < deadline, "the engine did not start"
        time.sleep(0.05)


def _request_file(job: JobFolder, _: subprocess.Popen[str]) -> None:
    job.request_cancel()


def _request_signal(_: JobFolder, process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("request_cancel", [_request_file, _request_signal])
@pytest.mark.parametrize("seconds_per_frame", [0.1, 1000])
def test_a_process_ends_whether_the_model_listens_or_not(
    job: JobFolder, request_cancel: Callable[..., None], seconds_per_frame: float
):
    with _start(job, seconds_per_frame) as process:
        _wait_for(job, PhaseChanged if seconds_per_frame > 1 else FramesWritten)
        if seconds_per_frame > 1:
            time.sleep(1.0)  # the model is in its first, endless step now
        request_cancel(job, process)
        assert process.wait(LIMIT_SECONDS) == ExitCode.CANCELLED
        assert process.stderr and "Traceback" not in process.stderr.read()
    _assert_one_end(job, Cancelled)
    _assert_whole(job)
    assert not job.cancel_file.exists() and not job.is_running()


def test_a_killed_engine_leaves_whole_files_and_the_job_runs_again(job: JobFolder):
    for attempt in range(4):
        with _start(job, 0.05) as process:
            _wait_for(job, FramesWritten)
            time.sleep(random.Random(attempt).uniform(0, 0.8))
            process.kill()
        assert not job.is_running()
        assert job.read_manifest() is None
        for path in [*job.path.glob("depth/*.exr"), *job.path.glob("proxy/*.exr")]:
            np.testing.assert_array_equal(read_exr(path), smooth(int(path.name.split(".")[1])))
    run_job(job, model=Oracle())
    assert not list(job.path.rglob("*.part"))
    assert len(list(job.path.glob("depth/*.exr"))) == 30


def test_a_cancel_file_of_an_earlier_run_does_not_cancel_the_next(job: JobFolder):
    job.request_cancel()
    os.utime(job.cancel_file, (time.time() - 10, time.time() - 10))
    with _start(job, 0.0) as process:
        assert process.wait(LIMIT_SECONDS) == 0
    assert job.read_manifest()
