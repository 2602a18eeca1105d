# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest


@pytest.fixture
def text(module):
    return module("ui.text")


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 KB"), (999_999, "1000 KB"), (25_456_882, "25 MB"), (1_260_000_000, "1.3 GB")]
)
def test_data_sizes(text, count, shown):
    assert text.data_size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.2, "1 s"), (42, "42 s"), (150, "2 min"), (3600, "1 h 0 min"), (7512, "2 h 5 min")]
)
def test_durations(text, seconds, shown):
    assert text.duration(seconds) == shown


def test_lines_are_as_short_as_asked_even_for_long_paths(text):
    for line in text.lines("Cannot write /a/very/long/path/without/any/space/in/it/at/all: it is full.", 20):
        assert len(line) <= 20


def test_a_narrow_region_still_gets_lines(text):
    assert text.lines("Something went wrong.", -3) == ["Something went", "wrong."]
