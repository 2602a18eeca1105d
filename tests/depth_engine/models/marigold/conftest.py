# SPDX-License-Identifier: GPL-3.0-or-later
"""Small networks of random weights, as they are fetched and as they are in full precision."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.depth_engine.models.marigold.fabricate import fabricate


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marigold")
    fabricate(folder)
    return folder


@pytest.fixture(scope="session")
def full_lcm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marigold_lcm")
    fabricate(folder, lcm=True, variant=None)
    return folder
