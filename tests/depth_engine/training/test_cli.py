# SPDX-License-Identifier: GPL-3.0-or-later
"""`depth-engine train` from the command line, with a tiny network and made-up scenes."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from depth_engine.cli import train
from depth_engine.cli.main import run
from depth_engine.contract import ExitCode
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork
from depth_engine.training.embedded import recipe, training
from tests.depth_engine.models.video_depth_anything.cases import TINY, parameters
from tests.depth_engine.training.scenes import write_scenes

RECIPE = """
[[stages]]
name = "head"
steps = 2
batch = 2
sizes = [[56, 28]]
rates = { head = 1e-3 }
"""


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A tiny network, whose encoder stands in for the public one, and a recipe that is done at once."""
    network = VideoDepthNetwork(TINY)
    network.load_state_dict(parameters(network))
    monkeypatch.setattr(training, "encoder_parameters", lambda _: network.pretrained.state_dict())
    monkeypatch.setattr(training, "Training", functools.partial(training.Training, architecture=TINY))
    monkeypatch.setattr(recipe, "RECIPES", tmp_path)
    (tmp_path / "quick.toml").write_text(RECIPE)


def test_quick_renders_what_it_needs_and_trains(
    tiny: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rendered: dict[str, int] = {}

    def synthetic(out: Path, clips: int, *, split: str) -> None:
        rendered[split] = clips
        write_scenes(out, train=2 if split == "train" else 0, held_out=2 if split == "held_out" else 0)

    monkeypatch.setattr(train, "synthetic", synthetic)
    out, start = tmp_path / "out", tmp_path / "any.onnx"
    start.write_text("read by nobody: see `tiny`")
    code = run(["train", "embedded", "--quick", "-o", str(out), "--start", str(start)])
    assert code == ExitCode.OK and rendered == train.QUICK_CLIPS
    assert (out / "head.safetensors").is_file() and (out / "curves.png").is_file()
    told = capsys.readouterr().out
    assert "head 2/2" in told and "abs_rel" in told and f"train export {out}" in told
    again = ["train", "embedded", "--quick", "--data", str(out / "data"), "-o", str(out), "--start", str(start)]
    assert run(again) == ExitCode.JOB_UNFINISHED
    assert run([*again, "--resume"]) == ExitCode.OK


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "either a recipe or --quick"),
        (["cpu", "--quick"], "either a recipe or --quick"),
        (["cpu"], "Give --data"),
    ],
)
def test_what_cannot_be_meant_is_told(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "embedded", *arguments]) == ExitCode.USAGE
    assert sentence in capsys.readouterr().err


def test_comparing_tells_the_means(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_scenes(tmp_path / "data", train=0, held_out=2, frames=3)
    code = run(["train", "compare", str(tmp_path / "out"), "--data", str(tmp_path / "data"), "--device", "cpu"])
    assert code == ExitCode.OK
    told = capsys.readouterr().out
    assert all(f"| {name} |" in told for name in ("constant", "row gradient", "embedded"))
    assert run(["train", "compare", str(tmp_path / "out"), "--data", str(tmp_path)]) == ExitCode.BAD_INPUT
