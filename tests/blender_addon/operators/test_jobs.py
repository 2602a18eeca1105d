# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators on jobs, with engines that do what the test needs."""

from __future__ import annotations

import os

import bpy
import pytest

from tests.blender_addon.fakes import is_alive, wait_until
from tests.blender_addon.fixtures import FRAMES


def states(session):
    return [job.state.value for job in session.book.jobs]


def scenes():
    return sorted(scene.name for scene in bpy.data.scenes)


def test_the_job_is_what_the_settings_say(session, strip, fake_engine, press, preferences, module):
    fake_engine()
    settings = bpy.context.scene.estimate_depth
    settings.step, settings.format = 2, {"exr16", "png16"}
    settings.use_max_size, settings.max_size = True, 300
    settings.output_size, settings.output_pixels = "pixels", 48
    settings.shots, settings.seed, settings.steps, settings.window = "off", 7, 3, 30
    preferences.device = "cpu"
    module("compat").set_handles(strip, 2, 5)
    press("depth_estimate")
    (job,) = session.book.jobs
    wait_until(lambda: job.started is not None, session.tick)
    request = job.folder.read_job()
    assert request.options.frames == (2, 4) and request.options.step == 2
    assert request.options.format == ("exr16", "png16") and request.options.output_size == "48"
    assert request.options.max_size == 300 and request.options.device == "cpu"
    assert (request.options.shots, request.options.seed, request.options.steps) == ("off", 7, 3)
    assert (request.options.window, request.options.overlap, request.options.guidance) == (30, None, None)
    assert request.options.weights is None
    assert request.source.type == "movie" and request.name == "clip"
    placement = module("strips").Placement.load(job.folder.path)
    assert (placement.strip_name, placement.left, placement.right, placement.number_one) == ("clip", 2, 5, 1)


def test_settings_that_exclude_each_other_are_refused_in_words(session, strip, fake_engine):
    fake_engine()
    settings = bpy.context.scene.estimate_depth
    settings.window, settings.overlap = 10, 10
    with pytest.raises(RuntimeError, match="overlap 10 leaves nothing of a window of 10 frames"):
        bpy.ops.sequencer.depth_estimate()


CHECKPOINTED = """
    started()
    checkpoint = folder / "checkpoint" / "state.safetensors"
    if checkpoint.exists():
        (folder / "went_on").touch()
    checkpoint.parent.mkdir(exist_ok=True)
    checkpoint.touch()
    while not (folder / "cancel").exists(): time.sleep(0.01)
    event("cancelled", frames_done=1)
    sys.exit(50)
"""


@pytest.fixture
def stopped(session, strip, fake_engine, press):
    """A job that was cancelled after its first checkpoint."""
    fake_engine(CHECKPOINTED)
    press("depth_estimate")
    (job,) = session.book.jobs
    stop(session, job)
    return job


def stop(session, job):
    wait_until(lambda: job.folder.checkpoint_file.exists(), session.tick)
    job.cancel()
    wait_until(lambda: not session.active, session.tick)
    assert states(session) == ["cancelled"]


def test_a_job_with_a_checkpoint_can_be_continued(session, stopped):
    assert stopped.resumable
    bpy.ops.sequencer.depth_continue()
    wait_until(lambda: (stopped.folder.path / "went_on").exists(), session.tick)
    wait_until(lambda: stopped.started is not None, session.tick)
    stop(session, stopped)


def test_starting_again_begins_with_the_first_frame(session, stopped):
    bpy.ops.sequencer.depth_restart()
    assert not stopped.folder.checkpoint_file.exists()
    stop(session, stopped)
    assert not (stopped.folder.path / "went_on").exists()


def test_a_job_found_again_can_be_continued_too(sessions, stopped):
    sessions.close_session()
    sessions.open_session()
    again = sessions.session()
    wait_until(lambda: states(again) == ["cancelled"], again.tick)
    assert again.book.jobs[0].resumable


def test_a_job_without_a_checkpoint_cannot_be_continued(session, strip, fake_engine):
    fake_engine("started()\nsys.exit(1)")
    with pytest.raises(RuntimeError):
        bpy.ops.sequencer.depth_estimate()
    with pytest.raises(RuntimeError, match="before its first window was done"):
        bpy.ops.sequencer.depth_continue()


def test_jobs_queue_and_run_one_after_the_other(session, add_strip, fake_engine, press):
    fake_engine("started()\nwhile not (folder / 'go').exists(): time.sleep(0.01)\nsys.exit(1)")
    for name, start in (("one", 1), ("two", 100)):
        add_strip(name=name, frame_start=start)
        press("depth_estimate")
    wait_until(lambda: states(session) == ["running", "waiting"], session.tick)
    (session.book.jobs[0].folder.path / "go").touch()
    wait_until(lambda: states(session) == ["failed", "running"], session.tick)


def test_scripts_get_a_failure_as_an_exception_with_the_hint(session, strip, fake_engine):
    fake_engine('started()\nevent("error", code=40, message="The disk is full.", hint="Free 2 GB.")\nsys.exit(40)')
    with pytest.raises(RuntimeError, match="The disk is full") as error:
        bpy.ops.sequencer.depth_estimate()
    assert "Free 2 GB." in str(error.value)


def test_without_an_engine_nothing_is_started(session, strip, preferences, tmp_path):
    preferences.engine = str(tmp_path / "nowhere")
    with pytest.raises(RuntimeError, match="There is no engine at"):
        bpy.ops.sequencer.depth_estimate()
    assert session.book.jobs == [] and not (tmp_path / "results").exists()


def test_a_folder_that_is_a_file_is_named(session, strip, fake_engine, preferences, tmp_path):
    fake_engine()
    (tmp_path / "file").touch()
    preferences.folder = str(tmp_path / "file")
    with pytest.raises(RuntimeError, match=f"Cannot write to {tmp_path / 'file'}"):
        bpy.ops.sequencer.depth_estimate()
    assert session.book.jobs == []


def test_garbage_from_the_engine_does_not_spoil_the_job(session, strip, fake_engine, finish):
    garbage = """
        with (folder / "events.jsonl").open("ab") as file:
            file.write(os.urandom(3000) + b'\\n{"v": 1}\\n[]\\n' + b"[" * 5000 + b"\\n")
    """
    fake_engine(garbage + "\n" + "        " + finish.replace("\n", "\n        "))
    assert bpy.ops.sequencer.depth_estimate() == {"FINISHED"}
    assert states(session) == ["done"]


def test_the_strip_may_be_deleted_while_its_job_runs(session, strip, fake_engine, finish, press, module):
    fake_engine("while not (folder / 'go').exists(): time.sleep(0.01)\n" + finish)
    press("depth_estimate")
    (job,) = session.book.jobs
    wait_until(lambda: job.folder.log_file.exists(), session.tick)
    editor = bpy.context.scene.sequence_editor
    module("compat").strips(editor).remove(strip)
    (job.folder.path / "go").touch()
    wait_until(lambda: not session.active, session.tick)
    assert states(session) == ["done"]
    assert not bpy.ops.sequencer.depth_estimate.poll()


@pytest.fixture
def rendering(session, strip, fake_engine, press, monkeypatch, module):
    """A job that is rendering its strip, a frame at a time."""
    fake_engine()
    step = module("strips").FrameExport.step
    monkeypatch.setattr(module("strips").FrameExport, "step", lambda self: step(self, 1))
    strip.use_reverse_frames = True
    press("depth_estimate")
    (job,) = session.book.jobs
    wait_until(lambda: job.preparation is not None and job.preparation.done > 0, session.tick)
    assert job.state.value == "preparing" and job.preparation.done < FRAMES
    return job


def test_rendering_stops_when_the_strip_is_deleted(session, rendering, strip, module):
    module("compat").strips(bpy.context.scene.sequence_editor).remove(strip)
    wait_until(lambda: not session.active, session.tick)
    assert rendering.state.value == "failed" and "clip" in rendering.failure.message
    assert scenes() == ["Scene"]


def test_rendering_stops_when_another_file_is_opened(session, rendering):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    wait_until(lambda: not session.active, session.tick)
    assert rendering.state.value == "failed" and "Keep its file open" in rendering.failure.hint
    assert scenes() == ["Scene"] and list(rendering.folder.path.rglob("*.png")) == []


def test_rendering_can_be_cancelled(session, rendering):
    bpy.ops.sequencer.depth_cancel()
    assert rendering.state.value == "cancelled" and list(rendering.folder.path.rglob("*.png")) == []
    with pytest.raises(RuntimeError, match="before it was prepared"):
        bpy.ops.sequencer.depth_restart()


def test_an_undo_step_does_not_lose_a_job(session, strip, fake_engine, press):
    fake_engine()
    bpy.ops.ed.undo_push(message="before")
    press("depth_estimate")
    bpy.ops.ed.undo_push(message="after")
    (job,) = session.book.jobs
    wait_until(lambda: job.started is not None, session.tick)
    bpy.ops.ed.undo()
    session.tick()
    assert session.book.jobs == [job] and job.state.value == "running"


def test_removing_a_job_keeps_its_files_unless_asked(session, sessions, strip, fake_engine, finish):
    fake_engine(finish)
    for delete in (False, True):
        bpy.ops.sequencer.depth_estimate()
        folder = session.book.jobs[-1].folder.path
        assert bpy.ops.sequencer.depth_remove_job(delete_files=delete) == {"FINISHED"}
        assert session.book.jobs == [] and folder.exists() is not delete
    session.book.search()
    session.tick()
    assert session.book.jobs == []  # not found again either


def test_the_folder_is_opened_in_the_file_manager(session, strip, fake_engine, finish, tmp_path, monkeypatch):
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    manager = tmp_path / "bin" / "xdg-open"
    manager.parent.mkdir()
    manager.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/opened"\n')
    manager.chmod(0o755)
    monkeypatch.setenv("PATH", f"{manager.parent}:{os.environ['PATH']}")
    assert bpy.ops.sequencer.depth_open_folder() == {"FINISHED"}
    assert (tmp_path / "opened").read_text().strip() == str(session.book.jobs[0].folder.path)


def test_check_engine_reports_its_findings_to_scripts(session, fake_engine, preferences):
    fake_engine()
    assert bpy.ops.sequencer.depth_check_engine() == {"FINISHED"}
    assert session.engine.diagnosis.checks[0].name == "Python"
    preferences.engine = "/nowhere"
    with pytest.raises(RuntimeError, match="There is no engine at /nowhere"):
        bpy.ops.sequencer.depth_check_engine()


def test_an_engine_of_another_contract_is_refused_with_advice(session, strip, fake_engine, answers):
    command = fake_engine()
    (command.parent / "plan.json").write_text('{"contract_version": 99}')
    with pytest.raises(RuntimeError, match="contract version 99") as error:
        bpy.ops.sequencer.depth_estimate()
    assert "Update the extension and the engine" in str(error.value)


def test_the_preference_decides_whether_the_engine_outlives_the_add_on(
    sessions, strip, fake_engine, press, preferences
):
    fake_engine('started()\nwhile not (folder / "cancel").exists(): time.sleep(0.01)\nsys.exit(50)')
    press("depth_estimate")
    first = sessions.session()
    (job,) = first.book.jobs
    wait_until(lambda: job.started is not None, first.tick)
    for keep in (True, False):
        preferences.keep_running = keep
        sessions.close_session()
        sessions.open_session()
        again = sessions.session()
        again.tick()
        assert (job.folder.path / "cancel").exists() is not keep
    wait_until(lambda: not is_alive(job.started.pid), job.tick)
