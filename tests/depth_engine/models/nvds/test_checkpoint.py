# SPDX-License-Identifier: GPL-3.0-or-later
# pyright: reportUnknownVariableType=false
"""The published layout is read; wrong and hostile files are refused, and nothing in them is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan
from depth_engine.models.nvds.checkpoint import PLACES, load_network
from tests.depth_engine.models.nvds.cases import published_form, tiny_network
from tests.support.hostile import Hostile

Table = dict[str, Any]
FUSE = "module.Stabilizer.linear_fuse.0.weight"
NORM = "module.backbone.norm1.weight"


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    return published_form(tiny_network().state_dict())


def refused(path: Path) -> str:
    with pytest.raises(DepthError) as caught:
        load_network(path)
    assert caught.value.code is ExitCode.BAD_WEIGHTS
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value.message


def test_both_forms_give_the_same_parameters(published: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(published, tmp_path / "a.pth")
    save_file(published, tmp_path / "a.safetensors")
    plain = {name.removeprefix("module."): tensor for name, tensor in published.items()}
    torch.save(plain, tmp_path / "plain.pth")
    for name in ("a.pth", "a.safetensors", "plain.pth"):
        found = load_network(tmp_path / name).state_dict()
        assert found.keys() == {name for name in plain if not PLACES.search(name)}
        assert all(torch.equal(found[parameter], plain[parameter]) for parameter in found)


CHANGES: list[tuple[Callable[[Table], Any], str]] = [
    (lambda table: {name: value for name, value in table.items() if name != NORM}, "backbone.norm1.weight is missing"),
    (lambda table: table | {"module.more": torch.zeros(1)}, "more is not a part of the network"),
    (lambda table: table | {NORM: torch.zeros(9)}, "the shape"),
    (lambda table: table | {NORM: torch.full((8,), torch.nan)}, "no finite numbers"),
    (lambda table: table | {FUSE: torch.zeros(3)}, "linear_fuse.0.weight has the shape [3]"),
    (lambda table: table | {FUSE: torch.zeros(12, 48, 1, 1)}, "cannot be shared among attention heads"),
    (lambda table: {"state_dict": table}, "not a table of named tensors"),
    (lambda _: {}, "is missing"),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_other_tables_are_refused_in_words(
    published: dict[str, Tensor], tmp_path: Path, change: Callable[[Table], Any], reason: str
) -> None:
    torch.save(change(published), tmp_path / "a.pth")
    assert reason in refused(tmp_path / "a.pth")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_hostile_pickle_is_refused_and_not_run(published: dict[str, Tensor], tmp_path: Path, zipped: bool) -> None:
    victim, path = tmp_path / "victim", tmp_path / "a.pth"
    torch.save(published | {"extra": Hostile(victim)}, path, _use_new_zipfile_serialization=zipped)
    assert "nothing of it was run" in refused(path)
    assert not victim.exists()
    torch.load(path, weights_only=False)
    assert victim.exists()  # it would have been


def test_a_folder_without_the_file_or_the_other_model_is_refused(published: dict[str, Tensor], tmp_path: Path) -> None:
    def failure(name: str) -> DepthError:
        with pytest.raises(DepthError) as caught:
            registry.load(name, tmp_path, "cpu", ExecutionPlan("fp32"))
        return caught.value

    assert failure("nvds").code is ExitCode.MISSING_WEIGHTS
    torch.save(published, tmp_path / "NVDS_Stabilizer.pth")
    assert registry.load("nvds", tmp_path, "cpu", ExecutionPlan("fp32")).info.name == "nvds"
    missing = failure("nvds_depth_anything")
    assert missing.code is ExitCode.MISSING_WEIGHTS
    assert "depth_anything_v2_small/config.json" in missing.message
