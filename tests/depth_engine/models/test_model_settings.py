# SPDX-License-Identifier: GPL-3.0-or-later
"""No model ignores a setting: it says which it has, and a job that asks for another one is refused, for all alike."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from depth_engine.cli.main import run
from depth_engine.contract import DepthError, ExitCode, Options, SourceFacts
from depth_engine.inference.planner import make_plan
from depth_engine.models import registry
from depth_engine.models.base import Settings, option
from depth_engine.models.listing import list_models
from tests.support.movies import make_movie

VALUES: dict[str, Any] = {
    "seed": 3,
    "noise": "noise.safetensors",
    "steps": 4,
    "guidance": 1.5,
    "window": 16,
    "overlap": 4,
    "decode_chunk": 2,
    "compat": "reference",
    "streaming": True,
    "ensemble": 2,
    "stabilise": True,
}
FACTS = SourceFacts(96, 64, 40, "24", 40 / 24, True, 0.0, 0, "1", "h264", False)


def test_every_setting_is_tried_here() -> None:
    assert VALUES.keys() == {setting.name for setting in fields(Settings)}


@pytest.mark.parametrize("setting", VALUES)
@pytest.mark.parametrize("name", registry.MODELS)
def test_a_setting_is_the_model_s_own_or_refused(name: str, setting: str, tmp_path: Path) -> None:
    options = Options(model=name, device="cpu", **{setting: VALUES[setting]})
    if setting in registry.info(name).settings:
        assert make_plan(options, FACTS, range(1, 41), tmp_path).frames == 40
        return
    with pytest.raises(DepthError) as caught:
        make_plan(options, FACTS, range(1, 41), tmp_path)
    assert caught.value.code is ExitCode.BAD_JOB
    assert caught.value.message == f"{name} has no setting {option(setting)}."
    known = registry.info(name).settings
    assert all(option(each) in caught.value.hint for each in known)
    assert ("none of these" in caught.value.hint) is (not known)


@pytest.mark.parametrize("name", registry.MODELS)
def test_menus_can_tell_which_settings_a_model_has(name: str) -> None:
    (entry,) = (entry for entry in list_models().models if entry.name == name)
    assert entry.settings == registry.info(name).settings
    assert set(entry.settings) <= VALUES.keys()


@pytest.mark.parametrize("other", [{"window": 8}, {"overlap": 2}, {"decode_chunk": 2}])
def test_streaming_has_no_windows(other: dict[str, int]) -> None:
    with pytest.raises(DepthError) as caught:
        Options(model="video_depth_anything_small", streaming=True, **other)  # pyright: ignore[reportArgumentType]
    assert caught.value.code is ExitCode.BAD_JOB
    assert next(iter(other)) in caught.value.message


def test_a_job_with_a_foreign_setting_ends_with_that_code(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    movie = make_movie(tmp_path / "clip.mp4", frames=3, size=(64, 48))
    for command in (["plan", str(movie)], ["estimate", str(movie), "-o", str(tmp_path / "out")]):
        assert run([*command, "--streaming"]) == ExitCode.BAD_JOB
        assert "embedded has no setting --streaming." in capfd.readouterr().err
    assert not list((tmp_path / "out").glob("depth/*"))
    assert run(["models"]) == 0
    assert "has --decode-chunk, --streaming" in capfd.readouterr().out
