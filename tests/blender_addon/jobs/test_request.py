# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job on a strip is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.mark.parametrize(
    ("strip", "job"),
    [
        ("shot.mp4", "shot"),
        ("shot.mp4.001", "shot.001"),
        ("plate.1001.exr", "plate.1001"),
        ("shot", "shot"),
        ("Take 3", "Take_3"),
        ("v1.5", "v1.5"),
    ],
)
def test_a_job_has_its_strip_s_name_without_the_file_s_ending(
    module: Callable[[str], ModuleType], tmp_path: Path, strip: str, job: str
):
    request, strips, contract = module("jobs.request"), module("strips"), module("engine.contract")
    described = strips.StripDescription(
        name=strip, kind="MOVIE", left=1, right=5, size=(64, 36), rate="24", source=None, frames=None, number_one=1,
        render_reasons=("Reversed",), on_canvas=False,
    )  # fmt: skip
    assert request.Request(described, contract.Options(), tmp_path).name == job
