# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest


@pytest.fixture
def locate(part, monkeypatch, tmp_path):
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("DEPTH_ENGINE", raising=False)
    (tmp_path / "home").mkdir()
    return part("locate")


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_order_is_preference_variable_note_path(locate, tmp_path, monkeypatch):
    places = {name: program(tmp_path / name / "depth-engine") for name in ("preference", "variable", "note", "bin")}
    assert locate.find_engine().command == places["bin"]
    (tmp_path / "home" / "engine.json").write_text(json.dumps({"command": str(places["note"])}))
    assert locate.find_engine().command == places["note"]
    monkeypatch.setenv("DEPTH_ENGINE", str(places["variable"]))
    assert locate.find_engine().command == places["variable"]
    found = locate.find_engine(str(places["preference"]))
    assert (found.command, found.found) == (places["preference"], "set in the preferences")


def test_an_environment_s_folder_names_its_command(locate, tmp_path):
    command = program(tmp_path / "environment" / "bin" / "depth-engine")
    assert locate.find_engine(str(tmp_path / "environment")).command == command


def test_nothing_found_says_how_to_install(locate):
    missing = locate.find_engine()
    assert isinstance(missing, locate.NoEngine)
    assert "not installed" in missing.reason and "install.py engine" in missing.hint


def test_a_wrong_choice_is_reported_and_not_replaced_by_another_engine(locate, tmp_path, monkeypatch):
    program(tmp_path / "bin" / "depth-engine")
    assert "/nowhere" in locate.find_engine("/nowhere/depth-engine").reason
    monkeypatch.setenv("DEPTH_ENGINE", "/gone")
    assert "DEPTH_ENGINE" in locate.find_engine().hint


def test_a_file_that_may_not_be_started_is_no_engine(locate, tmp_path):
    path = program(tmp_path / "depth-engine")
    path.chmod(0o644)
    assert "not a program" in locate.find_engine(str(path)).reason


@pytest.mark.parametrize("text", ["", "{", "[]", '{"command": 3}', '{"command": ""}'])
def test_a_damaged_note_is_reported(locate, tmp_path, text):
    (tmp_path / "home" / "engine.json").write_text(text)
    assert "damaged" in locate.find_engine().reason
