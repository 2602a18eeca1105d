# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of an artist, with the real engine: estimate a strip, use the result, stop, kill, start again."""

from __future__ import annotations

import os
import signal

import bpy
import pytest

from tests.blender_addon.fakes import is_alive, wait_until
from tests.blender_addon.fixtures import FRAMES
from tests.support import elsewhere


def states(session):
    return [job.state.value for job in session.book.jobs]


def test_execute_waits_for_the_result_and_everything_can_be_made_of_it(session, strip, tmp_path, module):
    assert bpy.ops.sequencer.depth_estimate() == {"FINISHED"}
    (job,) = session.book.jobs
    assert job.outcome.frames == FRAMES and job.outcome.size == (96, 64)
    assert job.folder.path.parent == tmp_path / "results"
    assert len(list((job.folder.path / "depth").glob("*.exr"))) == FRAMES

    assert bpy.ops.sequencer.depth_create_relief(near=2.0) == {"FINISHED"}
    relief = bpy.context.view_layer.objects.active
    assert relief.type == "MESH" and relief.select_get()
    assert bpy.ops.sequencer.depth_create_points() == {"FINISHED"}
    assert bpy.context.view_layer.objects.active.type == "POINTCLOUD" and not relief.select_get()
    assert bpy.ops.sequencer.depth_create_camera() == {"FINISHED"}
    assert bpy.context.view_layer.objects.active.type == "CAMERA"
    assert bpy.ops.sequencer.depth_add_strip() == {"FINISHED"}
    assert sorted(other.channel for other in module("compat").all_strips(bpy.context.scene.sequence_editor)) == [1, 2]

    objects = len(bpy.data.objects)
    bpy.ops.ed.undo_push(message="Before")
    assert bpy.ops.sequencer.depth_create_relief("EXEC_DEFAULT", True, folder=str(job.folder.path)) == {"FINISHED"}
    assert len(bpy.data.objects) > objects
    bpy.ops.ed.undo()
    assert len(bpy.data.objects) == objects


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    return elsewhere.make_movie(tmp_path_factory.mktemp("footage") / "long.mp4", frames=400, size=(96, 64))


def test_a_running_job_outlives_file_loads_and_the_add_on_and_can_be_cancelled(
    sessions, add_strip, long_clip, addon, press
):
    add_strip(long_clip)
    assert press("depth_estimate") == {"FINISHED"}
    first = sessions.session()
    wait_until(lambda: first.book.jobs[0].progress is not None, first.tick)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)  # the strip goes with its file
    bpy.ops.preferences.addon_disable(module=addon.__name__)
    pid = first.book.jobs[0].started.pid
    assert is_alive(pid)
    bpy.ops.preferences.addon_enable(module=addon.__name__)
    again = sessions.session()
    assert again is not first
    wait_until(lambda: states(again) == ["running"] and again.book.jobs[0].progress is not None, again.tick)
    assert bpy.ops.sequencer.depth_cancel(folder=str(again.book.jobs[0].folder.path)) == {"FINISHED"}
    wait_until(lambda: states(again) == ["cancelled"], again.tick)
    wait_until(lambda: not is_alive(pid), lambda: None)
    assert not again.book.jobs[0].folder.manifest_file.exists()


def test_a_rendered_job_whose_engine_is_killed_can_be_started_again(session, strip, press):
    strip.use_reverse_frames = True
    assert press("depth_estimate") == {"FINISHED"}
    (job,) = session.book.jobs
    seen = set()

    def tick():
        session.tick()
        if job.preparation:
            seen.add((job.preparation.title, job.preparation.total))

    wait_until(lambda: job.started is not None, tick)
    assert ("Rendering Frames", FRAMES) in seen
    os.kill(job.started.pid, signal.SIGKILL)
    wait_until(lambda: states(session) == ["failed"], session.tick)
    assert "signal 9" in job.failure.message and (job.folder.path / "footage").is_dir()
    assert bpy.ops.sequencer.depth_restart() == {"FINISHED"}
    wait_until(lambda: not session.active, session.tick)
    assert states(session) == ["done"] and job.outcome.frames == FRAMES
    assert not (job.folder.path / "footage").exists()  # rendered for the job only
    assert bpy.ops.sequencer.depth_create_relief() == {"FINISHED"}
