# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks on a finished result: by the library, by the program, and every way in which they can end."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from depth_engine.cli.main import run
from depth_engine.contract import (
    DepthError,
    Done,
    ExitCode,
    Failed,
    JobLock,
    PixelPosition,
    Progress,
    SampleAnswer,
    SampleJob,
    TaskStarted,
)
from depth_engine.tasks import new_task_folder, run_task
from tests.depth_engine.oracle import smooth
from tests.depth_engine.test_cli import PROGRAM

POSITIONS = (PixelPosition(2, 10.5, 20.5), PixelPosition(1, 0, 0), PixelPosition(6, 95.9, 63.9))
EXPECTED = (smooth(2)[20, 10], smooth(1)[0, 0], smooth(6)[63, 95])


@pytest.fixture
def folder(result: Path):
    """A task that is ready to run."""
    made = new_task_folder(result, "sample")
    made.write_job(SampleJob(str(result), POSITIONS))
    return made


def test_a_task_gives_its_answer_and_tells_how_it_went(folder) -> None:
    answer = run_task(folder)
    assert answer == folder.read_answer() == SampleAnswer(tuple(map(float, EXPECTED)))
    events = list(folder.read_events())
    assert isinstance(events[0], TaskStarted) and events[0].kind == "sample"
    assert isinstance(events[-1], Done) and events[-1].manifest == "answer.json"
    assert [event.frames_done for event in events if isinstance(event, Progress)][-1] == 3


def test_the_program_runs_any_kind_of_job(folder) -> None:
    done = subprocess.run([PROGRAM, "run", folder.path], capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.OK, done.stderr
    assert folder.read_answer() == SampleAnswer(tuple(map(float, EXPECTED)))


def test_a_cancelled_task_has_no_answer_and_can_be_run_again(folder) -> None:
    with pytest.raises(DepthError) as caught:
        run_task(folder, lambda event: folder.request_cancel() if isinstance(event, TaskStarted) else _wait(folder))
    assert caught.value.code is ExitCode.CANCELLED
    assert folder.read_answer() is None and not folder.cancel_file.exists()
    assert run_task(folder) == folder.read_answer()


def _wait(folder) -> None:
    """Give the watching thread time to see the request."""
    import time

    if folder.cancel_file.exists():
        time.sleep(0.5)


def test_a_running_task_is_left_alone(folder) -> None:
    lock = JobLock(folder.lock_file)
    assert lock.acquire()
    with pytest.raises(DepthError) as caught:
        run_task(folder)
    lock.release()
    assert caught.value.code is ExitCode.JOB_BUSY


@pytest.mark.parametrize(
    ("position", "says"),
    [(PixelPosition(7, 1, 1), "Frame 7 was not computed"), (PixelPosition(1, 96, 1), "outside the picture")],
)
def test_what_cannot_be_sampled_is_said(result: Path, position: PixelPosition, says: str) -> None:
    folder = new_task_folder(result, "sample")
    folder.write_job(SampleJob(str(result), (position,)))
    with pytest.raises(DepthError, match=says) as caught:
        run_task(folder)
    assert caught.value.code is ExitCode.BAD_INPUT
    last = list(folder.read_events())[-1]
    assert isinstance(last, Failed) and says in last.message


def test_the_command_prints_the_values_and_leaves_nothing(result: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = [f"{place.x:g},{place.y:g}@{place.number}" for place in POSITIONS]
    assert run(["sample", str(result), *words, "--json"]) == ExitCode.OK
    assert tuple(json.loads(capfd.readouterr().out)["values"]) == pytest.approx(EXPECTED)
    assert not list((result / "tasks").iterdir())


@pytest.mark.parametrize("words", [["here"], ["1,1"], ["-1,1@1"]])
def test_a_place_that_is_none_is_refused(result: Path, words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", str(result), "--", *words]) == ExitCode.USAGE
    assert "no place in the footage" in capfd.readouterr().err


def test_a_folder_without_a_result_is_left_untouched(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", str(tmp_path), "1,1@1"]) == ExitCode.BAD_INPUT
    assert "no finished result" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())
