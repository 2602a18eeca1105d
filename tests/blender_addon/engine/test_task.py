# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks against engines that do them, fail, die and hang."""

from __future__ import annotations

import pytest

from tests.blender_addon.fakes import wait_until

ANSWER = 'event("task_started", engine_version="0", pid=os.getpid(), kind="sample")\n'
GIVE = '(folder / "answer.json").write_text(json.dumps({"values": [2.5]}))\n'


@pytest.fixture
def start(part, fake, tmp_path):
    contract = part("contract")
    request = contract.SampleJob(str(tmp_path / "clip.depth"), (contract.PixelPosition(1, 2.0, 3.0),))
    return lambda script: part("task").Task(fake(ANSWER + script), request)


def run_to_end(task):
    wait_until(lambda: task.ended, task.tick)


def test_the_answer_is_read_and_the_folder_goes(start, part, tmp_path):
    task = start('event("progress", phase="task", frames_done=1, frames_total=2)\n' + GIVE)
    run_to_end(task)
    assert (task.state, task.error) == ("done", None)
    assert task.answer == part("contract").SampleAnswer((2.5,))
    assert task.progress.frames_total == 2
    assert not list((tmp_path / "clip.depth" / "tasks").iterdir())


def test_a_failure_is_told_in_the_engine_s_words(start):
    task = start('event("error", code=10, message="Frame 7 was not computed.", hint="Ask for 1.")\nsys.exit(10)\n')
    run_to_end(task)
    assert (task.state, task.answer) == ("failed", None)
    assert (task.error.code, task.error.message, task.error.hint) == (10, "Frame 7 was not computed.", "Ask for 1.")


def test_an_engine_that_dies_silently_is_a_failure(start):
    task = start("sys.exit(3)\n")
    run_to_end(task)
    assert task.state == "failed" and "code 3" in task.error.message


def test_an_answer_of_another_kind_is_a_failure(start):
    task = start('(folder / "answer.json").write_text("{}")\n')
    run_to_end(task)
    assert task.state == "failed" and "values" in task.error.message


def test_a_cancel_is_asked_for(start, part):
    task = start('while not (folder / "cancel").exists(): time.sleep(0.02)\nsys.exit(50)\n')
    wait_until(lambda: task.folder.events_file.exists(), task.tick)
    task.cancel()
    assert task.state == "cancelling"
    run_to_end(task)
    assert task.state == "cancelled" and task.error is None


def test_an_engine_that_cannot_be_started_is_a_failure(part, tmp_path):
    contract = part("contract")
    task = part("task").Task(tmp_path / "nothing", contract.SampleJob(str(tmp_path), ()))
    assert task.state == "failed" and "Cannot start" in task.error.message
