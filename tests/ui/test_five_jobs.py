# SPDX-License-Identifier: GPL-3.0-or-later
"""Five jobs by clicks in a real Blender window, from footage to the end: docs/five-jobs.md comes from here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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
    assert [job["name"] for job in jobs["guide"]] == ["relief", "points"]


def test_the_relief_and_the_points_hold_the_footage(jobs: dict[str, Any]) -> None:
    assert jobs["relief_vertices"] > 100_000
    assert jobs["points_vertices"] > 100_000
