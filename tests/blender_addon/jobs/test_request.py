# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job on a strip is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

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


def test_a_job_has_the_settings_that_its_model_has(
    module: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
):
    request, models, contract = module("jobs.request"), module("models"), module("engine.contract")
    entry = contract.ModelEntry(
        "some", "Some", "disparity", True, "MIT", True, "Some", True, 1, settings=("steps", "window", "compat")
    )
    monkeypatch.setattr(models, "known", [entry])
    values = {"steps": 3, "guidance": 1.5, "window": 0, "overlap": 8, "seed": 5, "ensemble": 0}
    values |= {"stabilise": True, "streaming": False}
    settings = SimpleNamespace(model="some", **values)
    assert request._computing(settings) == {"steps": 3}
    settings.model = "unheard"  # the engine refuses what its model does not have
    assert request._computing(settings) == {name: value for name, value in values.items() if value}
