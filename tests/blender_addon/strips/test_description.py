# SPDX-License-Identifier: GPL-3.0-or-later
"""The formulas and the decision, without Blender's data."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest


@pytest.fixture
def description(strips, contract):
    return strips.StripDescription(
        name="clip",
        kind="MOVIE",
        left=11,
        right=31,
        size=(96, 64),
        rate="24000/1001",
        source=contract.MovieSource("/clip.mp4"),
        frames=(3, 22),
        number_one=9,
        render_reasons=(),
        on_canvas=False,
    )


@pytest.fixture
def facts(contract):
    return contract.SourceFacts(
        width=96,
        height=64,
        frame_count=48,
        rate="24000/1001",
        duration_seconds=2.002,
        constant_rate=True,
        start_seconds=0.0,
        rotation=0,
        pixel_aspect="1",
        codec="h264",
        alpha=False,
    )


@pytest.mark.parametrize(
    ("handles", "start", "length", "offset", "expected"),
    [
        ((1, 25), 1, 24, 0, (1, 24)),
        ((6, 20), 1, 24, 0, (6, 19)),
        ((6, 20), 1, 20, 4, (10, 23)),  # four frames cut off by the hard trim
        ((-9, 90), 1, 24, 0, (1, 24)),  # handles beyond the content
        ((30, 35), 1, 24, 0, (24, 24)),  # only the held last frame
        ((-9, -5), 1, 24, 2, (3, 3)),  # only the held first frame
        ((5, 6), 1, 24, 0, (5, 5)),
        ((-3, 2), -5, 10, 0, (3, 7)),
        ((1, 101), 1, 1, 0, (1, 1)),  # a held still
    ],
)
def test_seen_frames(addon, handles, start, length, offset, expected):
    seen_frames = importlib.import_module(f"{addon.__name__}.strips.description").seen_frames
    assert seen_frames(handles, start, length, offset) == expected


def test_direct_when_nothing_speaks_against_it(strips, description, facts):
    expected = strips.Direct(description.source, (3, 22), 9)
    assert strips.decide(description, facts) == expected
    assert strips.decide(description, None) == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"constant_rate": False, "rate": "21", "frame_count": 10}, "Variable frame rate"),
        ({"start_seconds": 1.4}, "Video starts late"),
        ({"start_seconds": -0.5}, "Video starts early"),
        ({"rotation": 90}, "Turned video"),
        ({"rotation": -90}, "Turned video"),
        ({"rate": "24"}, "24 frames a second in a 23.976 fps scene"),
        ({"frame_count": 21}, "Fewer frames in the file than Blender counts"),
        ({"rotation": 180, "constant_rate": False}, "Variable frame rate, turned video"),
    ],
)
def test_facts_that_speak_for_rendering(strips, description, facts, change, reason):
    decision = strips.decide(description, replace(facts, **change))
    assert decision == strips.Rendered(f"{reason}: frames will be rendered first", 11)


@pytest.mark.parametrize(
    "change",
    [{"start_seconds": 0.02}, {"rotation": 360}, {"frame_count": 22}, {"rate": "23.976"}, {"pixel_aspect": "4/3"}],
)
def test_facts_that_do_not_matter(strips, description, facts, change):
    assert isinstance(strips.decide(description, replace(facts, **change)), strips.Direct)


def test_reasons_of_the_strip_come_first(strips, description, facts):
    changed = replace(description, source=None, frames=None, render_reasons=("Reversed", "Retimed"), number_one=11)
    expected = strips.Rendered("Reversed, retimed: frames will be rendered first", 11)
    assert strips.decide(changed, None) == strips.decide(changed, facts) == expected
