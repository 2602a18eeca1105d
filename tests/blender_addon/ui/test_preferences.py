# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import json
import sys

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
        module("jobs.timer").mirror()
        return draw(kind, preferences)

    return show


def test_they_tell_which_engine_was_found_and_how(show, fake_engine):
    command = fake_engine()
    drawn = show()
    assert "".join(drawn.labels[:3]).replace(" ", "").startswith(f"{command}(setinthepreferences)".replace(" ", ""))
    assert drawn.props == ["engine", "device", "folder", "keep_running"]


def test_they_tell_why_none_was_found(show, preferences):
    preferences.engine = "/nowhere"
    drawn = show()
    assert "There is no engine at /nowhere" in drawn.text
    assert "sequencer.depth_clear_engine" in drawn.operators


def test_a_wrong_engine_is_forgotten_with_one_press(preferences, session, fake_engine, monkeypatch, module):
    command = fake_engine()
    monkeypatch.setenv(module("engine.locate").VARIABLE, str(command))
    preferences.engine = "/nowhere"
    assert bpy.ops.sequencer.depth_clear_engine() == {"FINISHED"}
    assert preferences.engine == "" and session.engine.found.command == command
    with pytest.raises(RuntimeError, match="No engine is chosen"):
        bpy.ops.sequencer.depth_clear_engine()


def test_the_self_check_is_shown_as_a_list(show, fake_engine, press):
    fake_engine()
    assert press("depth_check_engine") == {"FINISHED"}
    with pytest.raises(RuntimeError, match="The engine is being checked"):
        bpy.ops.sequencer.depth_check_engine()
    drawn = show()
    assert "Python: 3.11" in drawn.labels and "Disk: 1 GB free. Free some space." in drawn.text


@pytest.fixture
def findings(show, fake_engine, press, answers, module):
    """Draws the preferences after a self-check that found this; gives the buttons beside the findings."""

    def check(*found):
        contract = module("engine.contract")
        fake_engine(doctor=contract.Diagnosis("0.1.0", tuple(contract.Check(*one) for one in found)))
        press("depth_check_engine")
        return [(name, button.values) for name, button in show().buttons[1:]]

    return check


def test_a_finding_has_the_button_that_mends_it(findings, tmp_path):
    missing = ("Model video", "error", "The weights are damaged.", "Fetch them.", "model", "video")
    full = ("Disk", "warning", "1 GB free", "Free some space.", "folder", str(tmp_path))
    assert findings(("Python", "ok", "3.11"), missing, full)[:2] == [
        ("sequencer.depth_download_model", {"model": "video"}),
        ("wm.path_open", {"filepath": str(tmp_path)}),
    ]


def test_a_damaged_engine_is_set_up_again(findings, session, tmp_path, monkeypatch):
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path))  # no installer is known here
    damaged = ("Movies", "error", "No module named av", "Set it up again.", "engine")
    assert findings(damaged)[0][0] == "sequencer.depth_copy_command"
    note = {"python": sys.executable, "script": __file__, "folder": str(tmp_path / "engine")}
    (tmp_path / "installer.json").write_text(json.dumps(note))
    assert findings(damaged)[0][0] == "sequencer.depth_set_up_engine"


def test_an_engine_of_another_release_is_set_up_again(show, fake_engine, press, monkeypatch, tmp_path):
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path))
    answer = fake_engine().with_name("doctor.json")
    answer.write_text(answer.read_text().replace('"contract_version": 1', '"contract_version": 999'))
    press("depth_check_engine")
    drawn = show()
    assert "999" in drawn.text and "sequencer.depth_copy_command" in drawn.operators


def test_findings_are_renewed_once_something_was_mended(show, fake_engine, press, session, module, answers):
    bad = module("engine.contract").Check("Model video", "error", "Damaged.", "", "model", "video")
    sound, fetch = answers["doctor"], 'print(json.dumps({"v": 1, "type": "fetched", "folder": "/models/video"}))'
    fake_engine(fetch=fetch, doctor=module("engine.contract").Diagnosis("0.1.0", (bad,)))
    press("depth_check_engine")
    assert "Damaged." in show().text
    fake_engine(fetch=fetch, doctor=sound)
    session.fetch("video")
    assert "Damaged." not in show().text and session.engine.diagnosis == sound


def test_the_models_are_listed_with_size_and_licence(show, fake_engine):
    fake_engine()
    drawn = show()
    for expected in ("Embedded", "30 MB", "Apache-2.0", "Video Diffusion", "5.4 GB", "Academic License"):
        assert expected in drawn.labels
    assert drawn.labels.index("Embedded") < drawn.labels.index("Video Diffusion")
    assert "Small" in drawn.labels and "Steady" not in drawn.labels  # of the selected one alone


def test_what_is_here_stands_first_and_the_selected_model_tells_more(show, fake_engine, answers, module):
    embedded, video = answers["models"].models
    fetched = dataclasses.replace(video, name="other", title="Other", summary="Quick", installed=True)
    fake_engine(models=module("engine.contract").ModelList((video, fetched, embedded)))
    show()
    lists = module("lists").lists_of(bpy.context)
    assert [row.name for row in lists.models] == ["other", "embedded", "video"]
    lists.model = 0
    drawn = show()
    assert "Quick" in drawn.labels and "depth-engine models remove other" in drawn.text
    assert "sequencer.depth_download_model" not in drawn.operators
    lists.model = 2
    drawn = show()
    assert "Steady" in drawn.labels and "Not Allowed" in drawn.labels and "models remove" not in drawn.text
    assert [button.values for name, button in drawn.buttons if "download_model" in name] == [{"model": "video"}]
    lists.model = 0


def test_folders_are_measured_and_again_when_asked(show, fake_engine, session, module):
    fake_engine()
    folder = module("jobs.places").user_folder()
    drawn = show()
    assert f"0 KB in {folder}" in drawn.labels and drawn.operators.count("wm.path_open") == 2
    (folder / "big").write_bytes(bytes(3_000_000))
    assert f"0 KB in {folder}" in show().labels
    assert bpy.ops.sequencer.depth_measure_folders() == {"FINISHED"}
    assert f"3 MB in {folder}" in show().labels
