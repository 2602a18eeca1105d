# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest


@pytest.fixture
def text(module):
    return module("ui.text")


def test_lines_are_as_short_as_asked_even_for_long_paths(text):
    for line in text.lines("Cannot write /a/very/long/path/without/any/space/in/it/at/all: it is full.", 20):
        assert len(line) <= 20


def test_a_narrow_region_still_gets_lines(text):
    assert text.lines("Something went wrong.", -3) == ["Something went", "wrong."]


@pytest.mark.parametrize(
    ("seams", "aligned", "shown"),
    [(0, 0, ""), (3, 0, "Seams between Windows: 3"), (3, 1, "Seams between Windows: 3, 1 Aligned")],
)
def test_seams_are_counted_where_there_are_any(text, module, seams, aligned, shown):
    outcome = module("engine.job").Outcome(9, (4, 4), "", "", True, False, (), seams, aligned)
    assert text.seams_of(outcome) == shown


@pytest.mark.parametrize(
    ("progress", "share", "what"),
    [
        ({"phase": "cuts", "frames_done": 0, "step": 30, "steps": 120}, 0.25, "Finding Cuts"),
        ({"frames_done": 0, "windows": 2, "step": 1, "steps": 5}, 0.0, "Estimating, Window 1 of 2, Step 1 of 5"),
        ({"frames_done": 0, "windows": 2, "step": 3, "steps": 5}, 0.2, "Estimating, Window 1 of 2, Step 3 of 5"),
        (
            {"frames_done": 0, "window": 2, "windows": 2, "step": 3, "steps": 4},
            0.75,
            "Estimating, Window 2 of 2, Step 3 of 4",
        ),
        (
            {"frames_done": 96, "window": 2, "windows": 2, "step": 3, "steps": 4},
            0.8,
            "Estimating, Window 2 of 2, Step 3 of 4",
        ),
        (
            {"frames_done": 0, "shot": 2, "shots": 2, "step": 3, "steps": 4},
            0.75,
            "Estimating, Window 1 of 1, Step 3 of 4",
        ),
        ({"frames_done": 30, "window": 31, "windows": 120, "window_frames": 1}, 0.25, "Estimating"),
        (
            {"frames_done": 30, "window": 31, "windows": 120, "window_frames": 1, "step": 6, "steps": 10},
            30.5 / 120,
            "Estimating, Step 6 of 10",
        ),
    ],
)
def test_the_steps_of_a_window_move_the_bar(text, module, tmp_path, progress, share, what):
    jobs, contract = module("engine.job"), module("engine.contract")
    job = jobs.FollowedJob(tmp_path, "clip")
    job.state = jobs.State.RUNNING
    job.progress = contract.Progress(**{"phase": "estimating", "frames_total": 120, "window_frames": 32, **progress})
    job.phase = job.progress.phase
    shown = text.progress_of(job)
    assert shown[0] == pytest.approx(share) and shown[1] == what
