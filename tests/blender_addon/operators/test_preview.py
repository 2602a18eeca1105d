# SPDX-License-Identifier: GPL-3.0-or-later
"""A quick look at a few frames before the long run."""

from __future__ import annotations

import bpy
import pytest

from tests.blender_addon.fakes import wait_until
from tests.blender_addon.fixtures import FRAMES
from tests.blender_addon.ui.recorder import draw


def test_one_frame_is_the_one_under_the_playhead_and_becomes_a_picture(session, strip):
    bpy.context.scene.frame_current = 3
    assert bpy.ops.sequencer.depth_preview() == {"FINISHED"}
    (job,) = session.book.jobs
    manifest = job.folder.read_manifest()
    assert [frame.number for frame in manifest.frames] == [3] and job.outcome.device == "cpu"
    assert (job.folder.path / job.outcome.picture).read_bytes().startswith(b"\x89PNG")
    drawn = draw(bpy.types.SEQUENCER_PT_depth_preview)
    assert drawn.pictures == 1 and "CPU" in drawn.labels and "wm.path_open" in drawn.operators


def test_sixteen_frames_end_with_the_strip(session, strip, fake_engine, finish):
    fake_engine(finish)
    bpy.context.scene.frame_current = 2
    bpy.ops.sequencer.depth_preview(frames=16)
    options = session.book.jobs[0].folder.read_job().options
    assert options.frames == (2, FRAMES) and options.max_size == 384 and options.output_size == "processed"


def test_a_preview_is_no_result_and_the_next_one_replaces_it(session, strip, fake_engine, finish, module):
    fake_engine(finish)
    bpy.ops.sequencer.depth_preview()
    (first,) = session.book.jobs
    scene = bpy.context.scene
    assert session.book.of_strip(scene, strip) == [] and session.book.previews_of(scene, strip) == [first]
    bpy.ops.sequencer.depth_preview()
    (second,) = session.book.jobs
    assert second is not first and not first.folder.path.exists()
    module("jobs.timer").tick()
    assert draw(bpy.types.SEQUENCER_PT_depth_results).labels == []
    bpy.ops.sequencer.depth_estimate()
    assert len(session.book.of_strip(scene, strip)) == 1 and len(session.book.jobs) == 2


def test_a_strip_that_must_be_rendered_gives_only_the_frames_that_are_wanted(session, strip, fake_engine, finish):
    fake_engine("import shutil; shutil.copytree(folder / 'footage', folder / 'kept')\n" + finish)
    strip.use_reverse_frames = True
    bpy.context.scene.frame_current = 3
    bpy.ops.sequencer.depth_preview(frames=2)
    assert len(session.book.jobs[0].folder.read_job().source.files) == 2
    assert len(list((session.book.jobs[0].folder.path / "kept").iterdir())) == 2


def test_previews_go_before_what_waits(session, add_strip, fake_engine, press):
    fake_engine("started()\ntime.sleep(600)")
    for name, start in (("one", 1), ("two", 100)):
        add_strip(name=name, frame_start=start)
        press("depth_estimate")
    wait_until(lambda: session.book.jobs[0].started is not None, session.tick)
    add_strip(name="three", frame_start=200)
    bpy.context.scene.frame_current = 201
    session.preview(bpy.context.scene, bpy.context.scene.sequence_editor.active_strip, 1)
    assert [job.name for job in session.book.jobs] == ["one", "three", "two"]


def test_the_playhead_must_be_on_the_strip(session, strip, fake_engine):
    fake_engine()
    bpy.context.scene.frame_current = 500
    with pytest.raises(RuntimeError, match="Move the playhead onto the strip"):
        bpy.ops.sequencer.depth_preview()
