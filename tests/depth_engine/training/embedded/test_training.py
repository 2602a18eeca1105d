# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole trainings of a tiny network: they learn, they go on, and they refuse what is wrong."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from depth_engine.contract import DepthError, ExitCode
from depth_engine.training.embedded import stage as stages
from depth_engine.training.embedded.batches import Batch, Fresh
from depth_engine.training.embedded.journal import Journal
from depth_engine.training.embedded.learner import Learner, new_network
from depth_engine.training.embedded.recipe import Rates, Recipe, Stage
from depth_engine.training.embedded.samples import Samples
from depth_engine.training.embedded.stage import Trainer
from depth_engine.training.embedded.training import Training
from depth_engine.training.synthetic.clips import read_split
from tests.depth_engine.models.video_depth_anything.cases import TINY, tiny_network
from tests.depth_engine.training.embedded.conftest import RECIPE


class Killed(BaseException):
    """As if the process had been killed: nothing on the way may catch it and tidy up."""


def test_a_training_leaves_what_it_did(finished: Training) -> None:
    checks = [line["check"] for line in Journal(finished.out, print).lines() if "check" in line]
    assert len(checks) == 3 and 0 < checks[0]["abs_rel"] < 1
    assert "warped_residual" in checks[-1] and "clip_delta1" in checks[-1]
    assert (finished.out / "curves.png").stat().st_size > 1000
    assert len(list((finished.out / "pictures").glob("*.png"))) == 3
    assert (finished.out / "time.safetensors").is_file() and not list(finished.out.glob("*.state.pt"))


def test_each_stage_trains_its_parts_only(finished: Training) -> None:
    head, blocks, time = (load_file(finished.out / f"{name}.safetensors") for name in ("head", "blocks", "time"))

    def changed(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> set[str]:
        names = {name for name in first if not torch.equal(first[name], second[name])}
        return {"time" if "motion_modules" in name else name.partition(".")[0] for name in names}

    assert changed(head, blocks) == {"head", "pretrained"}
    assert changed(blocks, time) == {"head", "time"}


class Same:
    """One batch for ever."""

    def __init__(self, source: Fresh) -> None:
        self._batch = source.batch(1)

    def batch(self, step: int) -> Batch:
        return self._batch


@pytest.mark.parametrize(("frames", "blocks", "precision"), [(1, TINY.depth, "fp32"), (1, 2, "bf16"), (3, 0, "bf16")])
def test_steps_lower_the_loss(
    scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int, blocks: int, precision: str
) -> None:
    """In either number format: a graphics card trains in bfloat16."""
    monkeypatch.setattr(stages, "choose_precision", lambda *_: precision)
    rates = Rates(head=3e-3, encoder=1e-4 if blocks else 0.0, temporal=1e-3 if frames > 1 else 0.0)
    stage = Stage("fit", 20, 2, ((56, 28),), rates, frames=frames, blocks=blocks, variants=0, warm_up=3)
    torch.manual_seed(0)
    network = new_network(TINY, tiny_network().pretrained.state_dict())
    learner = Learner(network, TINY, blocks, alone=frames == 1)
    trainer = Trainer(Recipe((stage,), save_every=100, check_every=100), stage, learner, "cpu", tmp_path / "state.pt")
    journal = Journal(tmp_path, lambda _: None)
    with ThreadPoolExecutor(1) as pool:
        source = Same(Fresh(Samples(read_split(scenes, "train"), stage, 0), stage, 0, pool))
        before = float(trainer.learn(source.batch(1))["loss"])
        trainer.run(source, journal, lambda _: None)
    assert journal.lines()[-1]["loss"] < 0.8 * before


def test_a_killed_training_goes_on_bit_by_bit(make: Any, finished: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    stops = [("head", 2), ("blocks", 2), ("time", 2)]
    save = Trainer.save

    def killed(trainer: Trainer) -> None:
        save(trainer)
        if (trainer.stage.name, trainer.step) in stops:
            stops.remove((trainer.stage.name, trainer.step))
            raise Killed

    broken = make()
    monkeypatch.setattr(Trainer, "save", killed)
    for resume in (False, True, True):
        with pytest.raises(Killed):
            broken.run(lambda _: None, resume=resume)
    broken.run(lambda _: None, resume=True)
    first, second = load_file(finished.out / "time.safetensors"), load_file(broken.out / "time.safetensors")
    assert all(torch.equal(first[name], second[name]) for name in first)
    told = [[{**line, "seconds": 0} for line in Journal(each.out, print).lines()] for each in (finished, broken)]
    assert told[0] == told[1]


def test_kept_features_may_be_deleted(finished: Training, tmp_path: Path) -> None:
    again = replace(finished, out=tmp_path / "out")
    shutil.copytree(finished.out, again.out)
    shutil.rmtree(again.out / "cache")
    (again.out / "time.safetensors").unlink()
    again.run(lambda _: None, resume=True)
    first, second = load_file(finished.out / "time.safetensors"), load_file(again.out / "time.safetensors")
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_folder_is_not_trained_over(finished: Training, tmp_path: Path) -> None:
    with pytest.raises(DepthError) as caught:
        finished.run(lambda _: None)
    assert caught.value.code is ExitCode.JOB_UNFINISHED
    other = tmp_path / "other.toml"
    other.write_text(RECIPE + "\n")
    with pytest.raises(DepthError) as caught:
        replace(finished, recipe=other).run(lambda _: None, resume=True)
    assert caught.value.code is ExitCode.CANNOT_RESUME


def test_a_training_may_begin_with_another_one_s_weights(finished: Training, make: Any, tmp_path: Path) -> None:
    """Only the temporal modules are trained on; everything else is still the first training's."""
    begun = finished.out / "time.safetensors"
    alone = RECIPE[: RECIPE.index("[[stages]]")] + RECIPE[RECIPE.rindex("[[stages]]") :].replace("head = 1e-4, ", "")
    training = replace(make(alone), start=begun)
    training.run(lambda _: None)
    first, second = load_file(begun), load_file(training.out / "time.safetensors")
    assert first.keys() == second.keys()
    assert all(
        torch.equal(first[name], second[name]) != ("motion_modules" in name) for name in first if "pe" not in name
    )
    assert (training.out / "start.sha256").read_text().endswith("  time.safetensors\n")


def test_a_folder_s_training_keeps_its_start(finished: Training) -> None:
    with pytest.raises(DepthError, match="begun with other weights") as caught:
        replace(finished, start=finished.out / "head.safetensors").run(lambda _: None, resume=True)
    assert caught.value.code is ExitCode.CANNOT_RESUME


def test_a_start_that_is_no_network_is_named(make: Any, tmp_path: Path) -> None:
    training = replace(make(), start=tmp_path / "none.safetensors")
    with pytest.raises(DepthError, match=r"none\.safetensors") as caught:
        training.run(lambda _: None)
    assert caught.value.code is ExitCode.BAD_WEIGHTS
    assert not training.out.exists()


def test_a_damaged_state_is_told(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    training = make()
    training.out.mkdir()
    (training.out / "head.state.pt").write_bytes(b"no state")
    with pytest.raises(DepthError, match="not the state") as caught:
        training.run(lambda _: None)
    assert caught.value.code is ExitCode.CANNOT_RESUME


def test_clips_that_are_too_short_are_named(make: Any) -> None:
    long = RECIPE[: RECIPE.index("[[stages]]")] + RECIPE[RECIPE.rindex("[[stages]]") :].replace(
        "frames = 3", "frames = 12"
    )
    with pytest.raises(DepthError, match="half of the 12 frames") as caught:
        make(long).run(lambda _: None)
    assert caught.value.code is ExitCode.BAD_INPUT


def test_data_that_is_not_there_is_named(make: Any, tmp_path: Path) -> None:
    with pytest.raises(DepthError, match="no clips in train") as caught:
        replace(make(), data=tmp_path / "empty").run(lambda _: None)
    assert caught.value.code is ExitCode.BAD_INPUT
