# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny weights, once for all tests that only read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.depth_engine.models.chronodepth.fabricate import fabricate


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chronodepth") / "weights"
    fabricate(folder)
    return folder
