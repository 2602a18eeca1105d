# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import bpy
import pytest


@pytest.fixture
def places(module):
    return module("jobs.places")


def test_results_lie_where_chosen_else_beside_the_file_else_with_the_user(places, tmp_path):
    own = places.user_folder() / "results"
    assert places.results_folder("", "") == own
    assert places.results_folder("//depth", "") == own  # relative to a file that is not saved
    assert places.results_folder("", str(tmp_path)) == tmp_path
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    assert places.results_folder("", "") == tmp_path / "depth"
    assert places.results_folder("//shots", str(tmp_path)) == tmp_path / "shots"


def test_a_job_folder_is_new_and_tells_its_clip(places, tmp_path):
    first, second = (places.new_job_folder(tmp_path, "a clip: 1.mp4") for _ in range(2))
    assert first != second and first.parent == tmp_path and not first.exists()
    assert places.job_name(first) == "a_clip_1.mp4"
    assert places.job_name(Path("dog.depth")) == "dog"


def test_only_job_folders_are_found(places, tmp_path):
    for name in ("a.depth", "b.depth", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "file.depth").touch()
    assert {path.name for path in places.job_folders(tmp_path)} == {"a.depth", "b.depth"}
    assert places.job_folders(tmp_path / "nowhere") == places.job_folders(None) == []


def test_the_index_remembers_and_forgets(places, tmp_path):
    file, a, b = tmp_path / "jobs.json", tmp_path / "a", tmp_path / "b"
    index = places.JobIndex(file)
    index.add(a)
    index.add(b)
    index.dismiss(a)
    again = places.JobIndex(file)
    assert again.folders == [b] and again.is_dismissed(a) and not again.is_dismissed(b)
    again.add(a)
    assert places.JobIndex(file).folders == [b, a]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"folders": 3, "dismissed": [1, null]}'])
def test_a_damaged_index_is_an_empty_one(places, tmp_path, text):
    (tmp_path / "jobs.json").write_text(text)
    assert places.JobIndex(tmp_path / "jobs.json").folders == []


def test_the_index_does_not_grow_for_ever(places, tmp_path, monkeypatch):
    monkeypatch.setattr(places, "REMEMBERED", 3)
    index = places.JobIndex(tmp_path / "jobs.json")
    for number in range(9):
        index.add(tmp_path / str(number))
    assert [path.name for path in places.JobIndex(tmp_path / "jobs.json").folders] == ["6", "7", "8"]
