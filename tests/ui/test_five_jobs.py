# SPDX-License-Identifier: GPL-3.0-or-later
"""Five jobs by clicks in a real Blender window, from footage to the end: docs/five-jobs.md comes from here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.ui.machine import CHECKOUT, ROOT, Machine
from tests.ui.pages import page
from tests.ui.test_window import CLIP, keep_pictures

PAGE = ROOT / "docs" / "five-jobs.md"


@pytest.fixture(scope="module")
def jobs(machine: Machine, picture_folder: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The report of all five jobs; with --update-pictures it becomes the page and its pictures."""
    report = machine.play("scenario_five_jobs.py", "five_jobs", CLIP, CHECKOUT / "examples")
    keep_pictures(report["folder"], picture_folder, "jobs")
    if request.config.getoption("--update-pictures"):
        PAGE.write_text(page(report["guide"]), encoding="utf-8")
    return report


def test_the_guide_says_what_was_done(jobs: dict[str, Any]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(jobs["guide"]), "install.py test ui --update-pictures renews it"
    assert [job["name"] for job in jobs["guide"]] == ["relief", "points", "relight", "fog", "export"]


def test_the_relief_and_the_points_hold_the_footage(jobs: dict[str, Any]) -> None:
    assert jobs["relief_vertices"] > 100_000
    assert jobs["points_vertices"] > 100_000


def test_lights_fall_on_the_interview_and_fog_on_the_city(jobs: dict[str, Any]) -> None:
    before, after = (picture_of(jobs, name) for name in ("relight_before", "relight_after"))
    left, right = np.hsplit(after.astype(float) - before, 2)
    assert jobs["lights"] == 1 and abs(left.mean() - right.mean()) > 2
    assert jobs["compositor_nodes"] > 3


def test_the_exported_file_moves(jobs: dict[str, Any], machine: Machine) -> None:
    (file,) = jobs["exported"]
    data = machine.outside(file).read_bytes()
    assert data[:4] == b"glTF"
    content = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
    targets = max(len(part.get("targets", ())) for mesh in content["meshes"] for part in mesh["primitives"])
    assert targets >= 40 and content["animations"]


def picture_of(jobs: dict[str, Any], name: str) -> NDArray[np.uint8]:
    return cv2.imread(str(jobs["folder"] / f"{name}.png"))
