# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from depth_engine.contract import JobFolder, MovieSource
from depth_engine.jobs import run_job
from tests.depth_engine.oracle import Oracle, make_job
from tests.support.movies import make_movie


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A result of six frames whose disparity is `oracle.smooth`, at the footage's size."""
    movie = make_movie(tmp_path / "clip.mp4", frames=6, size=(96, 64))
    folder = make_job(JobFolder(tmp_path / "clip.depth"), MovieSource(str(movie)))
    run_job(folder, model=Oracle())
    return folder.path
