# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs are found again by the next session: after a crash, in another file, from the command line."""

from __future__ import annotations

import bpy
import pytest

from tests.blender_addon.fakes import wait_until


@pytest.fixture
def restart(sessions, module, monkeypatch):
    """Blender crashes and is started again: nothing was closed, nothing is remembered but what lies on the disk."""

    def restart():
        monkeypatch.setattr(sessions, "_sessions", [])
        sessions.open_session()
        again = sessions.session()
        again.tick()
        return again

    return restart


def test_a_running_job_is_followed_again_and_its_result_offered(session, strip, fake_engine, finish, press, restart):
    lock = 'import fcntl; lock = (folder / "lock").open("w"); fcntl.flock(lock, fcntl.LOCK_EX)\n'
    fake_engine(
        lock + finish.replace("(folder /", "while not (folder / 'go').exists(): time.sleep(0.01)\n(folder /", 1)
    )
    press("depth_estimate")
    (job,) = session.book.jobs
    wait_until(lambda: job.started is not None, session.tick)
    again = restart()
    (found,) = again.book.jobs
    assert found is not job and found.state.value == "running" and found.name == "clip"
    assert again.book.of_strip(bpy.context.scene, strip) == [found]
    (job.folder.path / "go").touch()
    wait_until(lambda: not again.active, again.tick)
    assert found.state.value == "done"


def test_a_job_that_ended_meanwhile_is_offered(session, strip, fake_engine, finish, restart):
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    again = restart()
    wait_until(lambda: not again.active, again.tick)
    assert [job.state.value for job in again.book.jobs] == ["done"]


def test_a_folder_that_was_deleted_is_forgotten(session, strip, fake_engine, finish, restart):
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    session.book.jobs[0].folder.path.rename(session.book.jobs[0].folder.path.with_name("away"))
    assert restart().book.jobs == []


def test_the_results_beside_an_opened_file_are_found(
    session, strip, fake_engine, finish, tmp_path, restart, preferences
):
    preferences.folder = ""
    (tmp_path / "film").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film" / "film.blend"))
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    (tmp_path / "film").rename(tmp_path / "moved")  # to another machine, say
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    again = restart()
    assert again.book.jobs == []
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "moved" / "film.blend"))
    wait_until(lambda: not again.active, again.tick)
    assert [job.state.value for job in again.book.jobs] == ["done"]
    scene = bpy.context.scene  # saved before the estimate: the strip does not know its job, but its name tells
    assert again.book.of_strip(scene, scene.sequence_editor.active_strip) == again.book.jobs


def test_what_was_rendered_for_a_finished_job_is_cleaned_up_later(session, strip, fake_engine, finish, restart):
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    footage = session.book.jobs[0].folder.path / "footage"
    footage.mkdir()
    (footage / "000001.png").touch()
    again = restart()
    wait_until(lambda: not again.active, again.tick)
    assert not footage.exists()
