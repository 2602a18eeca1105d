# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.blender_addon.fakes import wait_until


@pytest.fixture
def queue(part, fake):
    engine = part("locate").Engine(
        fake('(folder / "ran").touch()\nwhile not (folder / "go").exists(): time.sleep(0.01)'), ""
    )
    return part("queue").JobQueue(lambda: engine)


@pytest.fixture
def add(part, queue, tmp_path):
    def make(name):
        (tmp_path / name).mkdir()
        queue.add(part("job").FollowedJob(tmp_path / name, name))
        return queue.jobs[-1]

    return make


def states(queue):
    return [job.state.value for job in queue.jobs]


def test_one_job_runs_at_a_time_in_the_order_of_asking(queue, add):
    first, second, third = add("1"), add("2"), add("3")
    queue.tick()
    assert states(queue) == ["running", "waiting", "waiting"] and queue.active
    for job, expected in ((first, ["failed", "running", "waiting"]), (second, ["failed", "failed", "running"])):
        (job.folder.path / "go").touch()
        wait_until(lambda expected=expected: states(queue) == expected, queue.tick)
    (third.folder.path / "go").touch()
    wait_until(lambda: not queue.active, queue.tick)


def test_a_cancelled_job_never_runs_and_does_not_hold_up_the_others(queue, add):
    first, second, third = add("1"), add("2"), add("3")
    queue.tick()
    second.cancel()
    (first.folder.path / "go").touch()
    wait_until(lambda: third.busy, queue.tick)
    assert states(queue) == ["failed", "cancelled", "running"]
    third.kill()
    wait_until(lambda: not queue.active, queue.tick)
    assert not (second.folder.path / "ran").exists()


def test_jobs_are_found_by_their_folder_and_forgotten(queue, add):
    first, second = add("1"), add("2")
    assert queue.find(second.folder.path) is second
    queue.remove(first)
    assert queue.find(first.folder.path) is None and queue.jobs == [second]


def test_a_missing_engine_fails_every_waiting_job_with_its_reason(part, queue, add):
    queue._find_engine = lambda: part("locate").NoEngine("Not installed.", "Install it.")
    add("1"), add("2")
    wait_until(lambda: not queue.active, queue.tick)
    assert [job.failure.message for job in queue.jobs] == ["Not installed."] * 2
