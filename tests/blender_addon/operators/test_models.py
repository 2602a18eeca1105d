# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloading a model, with engines that do what the test needs."""

from __future__ import annotations

import json

import bpy
import pytest

from tests.blender_addon.fakes import wait_until

ASKED = 'Path(__file__).with_name("fetched.txt").write_text(" ".join(sys.argv[1:]))\n'


@pytest.fixture(autouse=True)
def online():
    system = bpy.context.preferences.system
    system.use_online_access = True
    yield
    system.use_online_access = False


def test_nothing_is_downloaded_without_the_licence_accepted(session, fake_engine):
    command = fake_engine(fetch=ASKED)
    with pytest.raises(RuntimeError, match="was not accepted"):
        bpy.ops.sequencer.depth_download_model(model="video")
    assert session.download is None and not (command.parent / "fetched.txt").exists()


def test_scripts_wait_for_the_download_and_the_model_is_here(session, fake_engine, answers, module):
    here = json.loads(module("engine.contract").to_json(answers["models"]))
    here["models"][1]["installed"] = True
    command = fake_engine(fetch=ASKED + f'Path(__file__).with_name("models.json").write_text({json.dumps(here)!r})')
    session.engine.show()
    wait_until(lambda: not session.engine.active, session.tick)
    assert not module("models").find("video").installed
    assert bpy.ops.sequencer.depth_download_model(model="video", accept=True) == {"FINISHED"}
    assert (command.parent / "fetched.txt").read_text() == "models fetch video --accept-licence --json"
    session.engine.show()
    wait_until(lambda: not session.engine.active, session.tick)
    assert module("models").find("video").installed


def test_the_scene_s_model_is_downloaded_when_none_is_named(session, fake_engine, strip):
    command = fake_engine(fetch=ASKED)
    bpy.context.scene.estimate_depth.model = "video"
    bpy.ops.sequencer.depth_download_model(accept=True)
    assert "fetch video" in (command.parent / "fetched.txt").read_text()


def test_a_failure_reaches_scripts_with_its_hint(session, fake_engine):
    failed = {"v": 1, "type": "error", "code": 40, "message": "The disk is full.", "hint": "Free 5 GB."}
    fake_engine(fetch=f"print(json.dumps({failed}))\nsys.exit(40)")
    with pytest.raises(RuntimeError, match="The disk is full") as error:
        bpy.ops.sequencer.depth_download_model(model="video", accept=True)
    assert "Free 5 GB." in str(error.value)


def test_a_cancel_without_a_download_is_refused(session):
    with pytest.raises(RuntimeError, match="No download is running"):
        bpy.ops.sequencer.depth_cancel_download()


def test_disabling_the_add_on_ends_the_download(sessions, fake_engine):
    fake_engine(fetch="time.sleep(600)")
    download = sessions.session().fetch("video")
    sessions.close_session()
    sessions.open_session()
    assert download.state.value == "cancelled"
