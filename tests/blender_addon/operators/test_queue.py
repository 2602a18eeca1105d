# SPDX-License-Identifier: GPL-3.0-or-later
"""Many strips with one press, and the queue that they wait in."""

from __future__ import annotations

import dataclasses

import bpy
import pytest

from tests.blender_addon.fakes import wait_until
from tests.support import elsewhere

UNTIL_GO = """
started()
while not (folder / "go").exists():
    if (folder / "cancel").exists():
        event("cancelled", frames_done=1)
        sys.exit(50)
    time.sleep(0.01)
"""
OUT_OF_MEMORY = 'started()\nevent("error", code=31, message="Out of memory.")\nsys.exit(31)'


def states(session):
    return [(job.name, job.state.value) for job in session.book.jobs]


@pytest.fixture
def three(add_strip):
    """Three selected strips, one after the other."""
    for name, start in (("one", 1), ("two", 100), ("three", 200)):
        add_strip(name=name, frame_start=start)


@pytest.fixture
def queued(three, session, fake_engine, press):
    """The first of three jobs runs, the others wait."""
    fake_engine("import fcntl; lock = (folder / 'lock').open('w'); fcntl.flock(lock, fcntl.LOCK_EX)" + UNTIL_GO)
    press("depth_estimate_selected")
    first = session.book.jobs[0]
    wait_until(lambda: first.started is not None and all(job.prepared for job in session.book.jobs), session.tick)
    assert states(session) == [("one", "running"), ("two", "waiting"), ("three", "waiting")]
    return session.book.jobs[:]


@pytest.fixture
def restart(sessions, monkeypatch):
    """Blender is killed and started again; the engines go on."""

    def restart():
        monkeypatch.setattr(sessions, "_sessions", [])
        sessions.open_session()
        again = sessions.session()
        again.tick()
        return again

    yield restart
    for job in sessions.session().book.jobs:
        job.kill()


def test_every_selected_strip_becomes_a_job_and_a_script_waits_for_all(three, session, fake_engine, finish):
    fake_engine(finish)
    assert bpy.ops.sequencer.depth_estimate_selected() == {"FINISHED"}
    assert states(session) == [("one", "done"), ("two", "done"), ("three", "done")]


def test_what_cannot_be_estimated_is_passed_over_and_said(
    three, session, module, fake_engine, press, add_strip, clip, tmp_path
):
    fake_engine(UNTIL_GO)
    editor, compat = bpy.context.scene.sequence_editor, module("compat")
    editor.active_strip = compat.all_strips(editor)["one"]
    press("depth_estimate")
    gone = tmp_path / "gone.mp4"
    gone.write_bytes(clip.read_bytes())
    add_strip(gone, frame_start=300, name="gone")
    gone.unlink()
    audible = bpy.app.build_options.audaspace  # Blender 4.2's module has no sound
    if audible:
        compat.strips(editor).new_sound("sound", str(elsewhere.make_sound(tmp_path / "sound.wav")), 3, 1)
    add_strip(name="depth", frame_start=400)["estimate_depth_result"] = "some.depth"
    batch = module("jobs.batch").estimate_selected(session, bpy.context.scene)
    assert [job.name for job in batch.jobs] == ["two", "three"]
    said = batch.report()
    assert ("1 strip without a picture passed over" in said) is audible
    for expected in ("2 strips queued", "1 strip of depth passed over", "1 strip being estimated already"):
        assert expected in said
    assert said.splitlines()[1].startswith("gone: ") and "missing" in said


def test_unselected_strips_are_left_alone(three, session, module, fake_engine, press):
    fake_engine(UNTIL_GO)
    strips = module("compat").all_strips(bpy.context.scene.sequence_editor)
    for strip in strips:
        strip.select = strip.name == "two"
    press("depth_estimate_selected")
    assert [name for name, _ in states(session)] == ["two"]
    strips["two"].select = False
    with pytest.raises(RuntimeError, match="Select strips"):
        bpy.ops.sequencer.depth_estimate_selected()


def test_waiting_jobs_change_places_and_keep_them_over_a_restart(queued, session, restart):
    _, _, third = queued
    move = bpy.ops.sequencer.depth_move_job
    assert move(folder=str(third.folder.path), direction="UP") == {"FINISHED"}
    assert [name for name, _ in states(session)] == ["one", "three", "two"]
    move(folder=str(third.folder.path), direction="UP")  # what runs stays in front
    assert [name for name, _ in states(session)] == ["one", "three", "two"]
    assert states(restart()) == [("one", "running"), ("three", "waiting"), ("two", "waiting")]


def test_waiting_jobs_go_on_after_a_restart_without_their_file(queued, session, restart):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    again = restart()
    for job in queued:
        (job.folder.path / "go").touch()
    wait_until(lambda: not again.active, again.tick)
    assert [state for _, state in states(again)] == ["failed"] * 3  # this engine leaves no result
    assert all(job.folder.log_file.exists() for job in queued)


def test_a_held_queue_begins_nothing_until_it_is_resumed(queued, session, restart):
    (queued[0].folder.path / "go").touch()
    bpy.ops.sequencer.depth_hold_queue(hold=True)
    wait_until(lambda: not session.active, session.tick)
    assert states(session) == [("one", "failed"), ("two", "waiting"), ("three", "waiting")]
    again = restart()
    assert again.book.held
    with pytest.raises(RuntimeError, match="The queue is paused"):
        bpy.ops.sequencer.depth_estimate_selected()
    bpy.ops.sequencer.depth_hold_queue(hold=False)
    wait_until(lambda: ("two", "running") in states(again), again.tick)


def test_a_paused_job_lets_the_others_go_first_and_goes_on_later(queued, session, restart):
    first, second, third = queued
    first.folder.checkpoint_file.parent.mkdir()
    first.folder.checkpoint_file.touch()
    for job in (first, second):
        assert bpy.ops.sequencer.depth_pause(folder=str(job.folder.path)) == {"FINISHED"}
    assert first.pausing
    wait_until(lambda: third.started is not None, session.tick)
    again = restart()
    wait_until(lambda: ("one", "paused") in states(again), again.tick)
    assert states(again) == [("one", "paused"), ("two", "paused"), ("three", "running")]
    paused = again.book.jobs[0]
    assert paused.resumable and not again.book.jobs[1].resumable
    bpy.ops.sequencer.depth_resume(folder=str(paused.folder.path))
    assert paused.state.value == "waiting"
    assert states(restart())[0] == ("one", "waiting")  # its turn has not come, and is not forgotten


def test_rendering_goes_on_where_it_was_paused(session, strip, fake_engine, press, monkeypatch, module):
    fake_engine(UNTIL_GO)
    step = module("strips").FrameExport.step
    monkeypatch.setattr(module("strips").FrameExport, "step", lambda self: step(self, 1))
    strip.use_reverse_frames = True
    press("depth_estimate")
    (job,) = session.book.jobs
    wait_until(lambda: job.preparation is not None and job.preparation.done > 1, session.tick)
    bpy.ops.sequencer.depth_pause()
    done = job.preparation.done
    session.tick()
    assert job.state.value == "paused" and job.preparation.done == done
    bpy.ops.sequencer.depth_resume()
    session.tick()
    session.tick()
    assert job.preparation.done > done


def test_a_cancelled_job_that_waited_stays_cancelled(queued, restart):
    _, second, third = queued
    bpy.ops.sequencer.depth_cancel(folder=str(second.folder.path))
    bpy.ops.sequencer.depth_remove_job(folder=str(third.folder.path), delete_files=True)
    assert states(restart()) == [("one", "running"), ("two", "cancelled")] and not third.folder.path.exists()


def test_a_job_that_came_with_a_file_does_not_begin_by_itself(queued, sessions, tmp_path, preferences):
    preferences.folder = ""
    queued[0].kill()
    (tmp_path / "film").mkdir()
    (tmp_path / "results").rename(tmp_path / "film" / "depth")
    sessions.close_session()
    sessions.open_session()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film" / "film.blend"))
    again = sessions.session()
    wait_until(lambda: ("one", "failed") in states(again), again.tick, 60)
    assert sorted(states(again)) == [("one", "failed"), ("three", "paused"), ("two", "paused")]


def test_less_memory_means_smaller_pictures_for_the_model(session, strip, fake_engine, finish, answers):
    fake_engine(OUT_OF_MEMORY)
    with pytest.raises(RuntimeError, match="Out of memory"):
        bpy.ops.sequencer.depth_estimate()
    (job,) = session.book.jobs
    assert job.failure.fix.value == "memory"
    fake_engine(finish, plan=dataclasses.replace(answers["plan"], processed_width=1024, processed_height=576))
    assert bpy.ops.sequencer.depth_less_memory() == {"FINISHED"}
    wait_until(lambda: not session.active, session.tick)
    options = job.folder.read_job().options
    assert job.state.value == "done" and (options.max_size, options.allow_smaller) == (768, True)
    assert job.note == "Model Size 1024 to 768"


def test_what_is_small_already_is_not_made_smaller(session, strip, fake_engine):
    fake_engine(OUT_OF_MEMORY)
    with pytest.raises(RuntimeError):
        bpy.ops.sequencer.depth_estimate()
    (job,) = session.book.jobs
    bpy.ops.sequencer.depth_less_memory()  # the plan says 96 x 64
    wait_until(lambda: not session.active, session.tick)
    assert "as small as is useful" in job.failure.message and job.folder.read_job().options.max_size is None


def test_a_strip_whose_rendering_was_broken_off_is_estimated_again(session, strip, fake_engine, press, restart):
    fake_engine(UNTIL_GO)
    strip.use_reverse_frames = True
    press("depth_estimate")
    (job,) = session.book.jobs
    again = restart()
    assert [broken.failure.fix.value for broken in again.book.jobs] == ["estimate"]
    assert bpy.ops.sequencer.depth_estimate_again() == {"FINISHED"}
    (new,) = again.book.jobs
    assert new.folder.path != job.folder.path and not job.folder.path.exists()
    wait_until(lambda: new.state.value == "running", again.tick)
