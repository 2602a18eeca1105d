# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib

import pytest


@pytest.fixture
def figures(addon):
    return importlib.import_module(f"{addon.__name__}.figures")


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 KB"), (999_999, "1000 KB"), (25_456_882, "25 MB"), (1_260_000_000, "1.3 GB")]
)
def test_data_sizes(figures, count, shown):
    assert figures.data_size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.2, "1 s"), (42, "42 s"), (150, "2 min"), (3600, "1 h 0 min"), (7512, "2 h 5 min")]
)
def test_durations(figures, seconds, shown):
    assert figures.duration(seconds) == shown
