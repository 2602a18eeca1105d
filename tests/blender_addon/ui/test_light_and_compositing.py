# SPDX-License-Identifier: GPL-3.0-or-later
"""The sub-panels Relighting and Compositing."""

from __future__ import annotations

import shutil

import bpy
import pytest

from tests.blender_addon.fakes import wait_until
from tests.blender_addon.scene import made
from tests.blender_addon.ui.recorder import draw

PANELS = ("SEQUENCER_PT_depth_relight", "SEQUENCER_PT_depth_compositing")


@pytest.fixture
def result(module, fake_engine, session, strip, finish, tmp_path):
    """The strip's finished job, as the panels know it, with files that can be played."""
    fake_engine(finish)
    bpy.ops.sequencer.depth_estimate()
    (job,) = session.book.jobs
    folder = job.folder.path
    playable = made.write_result(module("engine.contract"), tmp_path / "made", {1: made.waves(1)})
    shutil.copytree(playable, folder, dirs_exist_ok=True)
    return folder


@pytest.mark.parametrize("name", PANELS)
def test_without_a_result_they_say_what_to_do(session, strip, name) -> None:
    drawn = draw(getattr(bpy.types, name))
    assert drawn.labels == ["Estimate the depth of the strip first"] and drawn.buttons == []
    bpy.context.scene.sequence_editor.active_strip = None
    assert draw(getattr(bpy.types, name)).buttons == []


def test_relighting_offers_its_settings_and_the_button(result) -> None:
    drawn = draw(bpy.types.SEQUENCER_PT_depth_relight)
    assert drawn.props == ["variant", "light", "smooth", "composite", "match_render", "shadow_catcher"]
    ((operator, button),) = drawn.buttons
    assert (operator, button.values) == ("sequencer.depth_relight", {"folder": str(result)})


def test_while_normals_are_made_it_shows_progress_and_cancel(result, fake_engine, session, press) -> None:
    fake_engine("""
        event("progress", phase="task", frames_done=2, frames_total=8)
        time.sleep(600)
    """)
    press("depth_relight", folder=str(result))
    (task,) = session.tasks
    wait_until(lambda: task.progress is not None, session.tick)
    drawn = draw(bpy.types.SEQUENCER_PT_depth_relight)
    assert drawn.bars == [("2 of 8 Frames", 0.25)] and drawn.operators == ["sequencer.depth_cancel_task"]


def test_compositing_offers_the_button_and_then_the_live_controls(result) -> None:
    drawn = draw(bpy.types.SEQUENCER_PT_depth_compositing)
    ((operator, button),) = drawn.buttons
    assert (operator, button.values) == ("sequencer.depth_composite", {"folder": str(result)})
    bpy.ops.sequencer.depth_composite(folder=str(result), defocus=True)
    drawn = draw(bpy.types.SEQUENCER_PT_depth_compositing)
    assert drawn.labels == ["Depth from Disparity", "Depth Fog", "Depth Defocus"]
    assert len(drawn.props) == 6 + 3 + 2
