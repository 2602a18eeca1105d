# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting the engine up from Blender, with installers that do what the test needs."""

from __future__ import annotations

import json
import sys

import bpy
import pytest

from tests.blender_addon.ui.recorder import draw


@pytest.fixture
def home(session, strip, preferences, monkeypatch, tmp_path):
    """A user's folder without an engine; online access is on."""
    home = tmp_path / "home"
    home.mkdir()
    preferences.engine = ""
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(home))
    monkeypatch.setenv("PATH", "")
    system = bpy.context.preferences.system
    before, system.use_online_access = system.use_online_access, True
    yield home
    system.use_online_access = before


@pytest.fixture
def installer(home, session, tmp_path):
    """Makes an installer of this script, and lets the session look."""

    def make(script):
        path = tmp_path / "install.py"
        path.write_text(script)
        note = {"python": sys.executable, "script": str(path), "folder": str(tmp_path / "engine")}
        (home / "installer.json").write_text(json.dumps(note))
        session.engine.look("")

    return make


def card():
    return draw(bpy.types.SEQUENCER_PT_depth)


def test_without_an_installer_the_card_has_the_command(home, session):
    session.engine.look("")
    drawn = card()
    assert "About 2.0 GB" in drawn.labels and "python3 install.py engine" in drawn.text
    assert "sequencer.depth_copy_command" in drawn.operators and "sequencer.depth_set_up_engine" not in drawn.operators
    with pytest.raises(RuntimeError, match="not on this computer any more"):
        bpy.ops.sequencer.depth_set_up_engine()


def test_one_press_sets_the_engine_up_where_the_card_says(installer, home, session, fake_engine, preferences):
    command = fake_engine()
    preferences.engine = ""
    installer(
        "import json, sys\nassert sys.argv[1:] == ['engine']\nprint('==> Setting up the engine')\n"
        f"open({str(home / 'engine.json')!r}, 'w').write(json.dumps({{'command': {str(command)!r}}}))"
    )
    drawn = card()
    assert "sequencer.depth_set_up_engine" in drawn.operators
    assert str(home.parent / "engine").replace(" ", "") in drawn.text.replace(" ", "")
    assert bpy.ops.sequencer.depth_set_up_engine() == {"FINISHED"}
    assert session.engine.found and session.engine.found.command == command


def test_a_failure_is_told_in_the_installer_s_words(installer, session):
    installer("import sys\nprint('install.py: The disk is full.')\nprint('Free 2 GB.')\nsys.exit(1)")
    with pytest.raises(RuntimeError, match=r"The disk is full\. Free 2 GB\."):
        bpy.ops.sequencer.depth_set_up_engine()
    assert "The disk is full." in card().text


def test_while_it_runs_the_card_tells_the_step_and_can_stop_it(installer, session, press):
    installer("import time\nprint('==> Installing PyTorch', flush=True)\ntime.sleep(600)")
    press("depth_set_up_engine")
    while session.setup.step == "Starting":
        session.tick()
    assert "Installing PyTorch" in card().labels
    assert bpy.ops.sequencer.depth_cancel_setup() == {"FINISHED"} and not session.setting_up


def test_offline_nothing_is_set_up(installer):
    installer("")
    bpy.context.preferences.system.use_online_access = False
    with pytest.raises(RuntimeError, match="Online access is off"):
        bpy.ops.sequencer.depth_set_up_engine()
