# SPDX-License-Identifier: GPL-3.0-or-later
"""Which operators may be called when, and what they say when they may not."""

from __future__ import annotations

import types

import bpy
import pytest

from tests.blender_addon.fakes import wait_until


def refused(name, **properties):
    """The message of a call that Blender refuses."""
    with pytest.raises(RuntimeError) as error:
        getattr(bpy.ops.sequencer, name)(**properties)
    return str(error.value)


@pytest.mark.parametrize("name", ["depth_estimate", "depth_plan_again"])
def test_without_a_strip(session, preferences, name):
    assert "Select a strip in the Video Sequencer" in refused(name)


def test_a_sound_strip_has_no_picture(session, strip, module, monkeypatch):
    """The strip is played by a stand-in: the module of 4.2 comes without sound."""
    sound = types.SimpleNamespace(type="SOUND", name="sound")
    monkeypatch.setattr(module("compat"), "active_strip", lambda context: sound)
    assert "The strip has no picture" in refused("depth_estimate")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("depth_cancel", "No job is running"),
        ("depth_continue", "No job has failed or was cancelled"),
        ("depth_restart", "No job has failed or was cancelled"),
        ("depth_remove_job", "No job has ended"),
    ],
)
def test_operators_on_jobs_say_that_there_is_none(session, name, message):
    assert message in refused(name)


@pytest.mark.parametrize(
    "name",
    ["depth_create_relief", "depth_create_points", "depth_create_camera", "depth_add_strip", "depth_open_folder"],
)
def test_results_are_refused_without_one(session, strip, name):
    assert "There is no such job" in refused(name)


@pytest.mark.parametrize(
    "name", ["depth_create_relief", "depth_create_points", "depth_create_camera", "depth_add_strip"]
)
def test_a_folder_without_a_result_is_refused_in_words(session, tmp_path, name):
    assert "holds no finished result" in refused(name, folder=str(tmp_path))


def test_a_missing_folder_cannot_be_opened(session):
    assert "There is no folder" in refused("depth_open_folder", folder="/nowhere")


def test_with_a_job_the_others_open_up(session, strip, fake_engine, press):
    fake_engine()
    press("depth_estimate")
    session.tick()
    ops = bpy.ops.sequencer
    assert ops.depth_cancel.poll() and not ops.depth_estimate.poll()
    assert not ops.depth_restart.poll() and not ops.depth_remove_job.poll()
    ops.depth_cancel()
    session.book.jobs[0].kill()
    wait_until(lambda: not session.active, session.tick)
    assert not ops.depth_cancel.poll() and ops.depth_estimate.poll()
    assert ops.depth_restart.poll() and ops.depth_remove_job.poll()


def test_a_strip_that_was_cut_can_be_estimated_though_its_other_part_is(session, strip, fake_engine, press, module):
    fake_engine()
    press("depth_estimate")
    assert "being estimated already" in refused("depth_estimate")
    module("compat").set_handles(strip, 1, 4)
    assert bpy.ops.sequencer.depth_estimate.poll()
