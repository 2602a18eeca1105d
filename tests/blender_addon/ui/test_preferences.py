# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import bpy
import pytest

from tests.blender_addon.fakes import wait_until
from tests.blender_addon.ui.recorder import draw


@pytest.fixture
def show(session, preferences, module):
    kind = module("ui.setup").ESTIMATE_DEPTH_AddonPreferences

    def show():
        draw(kind, preferences)
        wait_until(lambda: not session.active, session.tick)
        return draw(kind, preferences)

    return show


def test_they_tell_which_engine_was_found_and_how(show, fake_engine):
    command = fake_engine()
    drawn = show()
    assert "".join(drawn.labels[:3]).replace(" ", "").startswith(f"{command}(setinthepreferences)".replace(" ", ""))
    assert drawn.props == ["engine", "device", "folder", "keep_running"]


def test_they_tell_why_none_was_found(show, preferences):
    preferences.engine = "/nowhere"
    assert "There is no engine at /nowhere" in show().text


def test_the_self_check_is_shown_as_a_list(show, fake_engine, press):
    fake_engine()
    assert press("depth_check_engine") == {"FINISHED"}
    with pytest.raises(RuntimeError, match="The engine is being checked"):
        bpy.ops.sequencer.depth_check_engine()
    drawn = show()
    assert "Python: 3.11" in drawn.labels and "Disk: 1 GB free Free some space." in drawn.text


def test_the_models_are_listed_with_size_and_licence(show, fake_engine):
    fake_engine()
    assert "Embedded, 25 MB, Apache-2.0" in show().labels


def test_folders_are_measured_and_again_when_asked(show, fake_engine, session, module):
    fake_engine()
    folder = module("jobs.places").user_folder()
    drawn = show()
    assert f"0 KB in {folder}" in drawn.labels and drawn.operators.count("wm.path_open") == 2
    (folder / "big").write_bytes(bytes(3_000_000))
    assert f"0 KB in {folder}" in show().labels
    assert bpy.ops.sequencer.depth_measure_folders() == {"FINISHED"}
    assert f"3 MB in {folder}" in show().labels
