# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel says of a depth strip that no longer fits its source."""

from __future__ import annotations

import builtins
import os
import shutil

import bpy
import pytest

from tests.blender_addon.ui.recorder import draw

ASTRAY = "The depth strip no longer fits its strip"
FOLLOW = "sequencer.depth_follow_source"
LACKING = "It shows frames that were not estimated: use Estimate Depth"


@pytest.fixture
def depth(session, strip, fake_engine, finish, module, clip):
    """The depth strip of the active strip; its preview is the clip itself."""
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    (job,) = session.book.jobs
    (job.folder.path / "preview").mkdir()
    shutil.copy(clip, job.folder.path / "preview" / "clip.mp4")
    bpy.ops.sequencer.depth_add_strip()
    bpy.context.scene.sequence_editor.active_strip = strip
    return module("compat").all_strips(bpy.context.scene.sequence_editor)["clip Depth"]


def shown():
    return draw(bpy.types.SEQUENCER_PT_depth)


def test_where_it_fits_nothing_is_said(depth):
    assert ASTRAY not in shown().labels and FOLLOW not in shown().operators and LACKING not in shown().text


@pytest.mark.parametrize("active", ["source", "depth"])
def test_a_moved_source_offers_to_follow(depth, strip, active):
    bpy.context.scene.sequence_editor.active_strip = strip if active == "source" else depth
    strip.frame_start = 40
    drawn = shown()
    assert ASTRAY in drawn.labels and FOLLOW in drawn.operators
    assert bpy.ops.sequencer.depth_follow_source() == {"FINISHED"}
    assert ASTRAY not in shown().labels and FOLLOW not in shown().operators


def test_where_following_would_not_do_it_says_why(depth, strip):
    strip.use_reverse_frames = True
    drawn = shown()
    assert ASTRAY in drawn.labels and "“clip” plays in the other direction now" in drawn.text
    assert FOLLOW not in drawn.operators


def test_frames_that_were_not_estimated(depth, strip, module):
    module("compat").move(depth, 1)
    module("compat").set_handles(depth, *module("compat").handles(strip))
    depth["estimate_depth_ahead"] = 1  # as if the first frame had not been estimated
    drawn = shown()
    assert LACKING in drawn.text and ASTRAY not in drawn.labels
    bpy.context.scene.sequence_editor.active_strip = depth
    assert "with “clip” active" in shown().text


def test_another_strip_hears_nothing_of_it(depth, strip, add_strip):
    strip.frame_start = 40
    add_strip(name="other", frame_start=200)
    assert ASTRAY not in shown().labels


def test_drawing_touches_no_disk(depth, strip, module, monkeypatch):
    strip.frame_start = 40

    def refuse(*args, **named):
        raise AssertionError("the disk was touched")

    for owner, name in ((builtins, "open"), (os, "stat"), (os, "scandir"), (os, "listdir")):
        monkeypatch.setattr(owner, name, refuse)
    pairs = module("strips").depth_strips_of(bpy.context.scene, strip)
    monkeypatch.undo()
    assert [pair.fits for pair in pairs] == [False]
