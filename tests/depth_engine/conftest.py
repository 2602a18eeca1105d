# SPDX-License-Identifier: GPL-3.0-or-later
"""What all tests of the engine share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the program does; torch is imported later


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder is a temporary one, also for engines started as programs."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(folder))
    return folder
