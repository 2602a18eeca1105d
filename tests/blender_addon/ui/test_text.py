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
