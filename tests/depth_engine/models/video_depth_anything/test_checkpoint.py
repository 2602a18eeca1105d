# SPDX-License-Identifier: GPL-3.0-or-later
# pyright: reportUnknownVariableType=false
"""Published checkpoints are read in both forms; wrong and hostile ones are refused, and nothing in them is run."""

from __future__ import annotations

import pickle
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
from depth_engine.models.video_depth_anything.checkpoint import UNUSED, load_network
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork
from tests.depth_engine.models.video_depth_anything.cases import TINY, parameters
from tests.support.hostile import Hostile

Table = dict[str, Any]


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    """A tiny checkpoint with all that the published ones have."""
    return parameters(VideoDepthNetwork(TINY)) | {name: torch.zeros(3) for name in UNUSED}


def refused(path: Path) -> str:
    with pytest.raises(DepthError) as caught:
        load_network(TINY, path)
    assert caught.value.code is ExitCode.BAD_WEIGHTS
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value.message


def test_both_forms_give_the_same_parameters(published: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(published, tmp_path / "a.pth")
    torch.save(published, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    save_file(published, tmp_path / "a.safetensors")
    for name in ("a.pth", "old.pth", "a.safetensors"):
        found = load_network(TINY, tmp_path / name).state_dict()
        assert found.keys() == published.keys() - UNUSED
        assert all(torch.equal(found[parameter], published[parameter]) for parameter in found)


def test_half_precision_is_read_as_float32_and_unused_tensors_may_be_left_out(
    published: dict[str, Tensor], tmp_path: Path
) -> None:
    half = {name: tensor.half() for name, tensor in published.items() if name not in UNUSED}
    save_file(half, tmp_path / "a.safetensors")
    found = load_network(TINY, tmp_path / "a.safetensors").state_dict()
    assert {tensor.dtype for tensor in found.values()} == {torch.float32}
    assert all(torch.equal(found[name], half[name].float()) for name in found)


def without(table: Table, name: str) -> Table:
    return {key: value for key, value in table.items() if key != name}


NORM = "pretrained.norm.weight"


CHANGES: list[tuple[Callable[[Table], Any], str]] = [
    (lambda table: without(table, NORM), f"{NORM} is missing"),
    (lambda table: table | {"head.more": torch.zeros(1)}, "head.more is not a part of the network"),
    (lambda table: table | {NORM: torch.zeros(25)}, "the shape [25], not [24]"),
    (lambda table: table | {NORM: torch.full((24,), torch.nan)}, "no finite numbers"),
    (lambda table: table | {NORM: torch.ones(24, dtype=torch.int64)}, "no finite numbers"),
    (lambda table: {"state_dict": table}, "not a table of named tensors"),
    (lambda table: list(table.values()), "not a table of named tensors"),
    (lambda _: {}, "is missing"),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_other_tables_are_refused_in_words(
    published: dict[str, Tensor], tmp_path: Path, change: Callable[[Table], Any], reason: str
) -> None:
    torch.save(change(published), tmp_path / "a.pth")
    assert reason in refused(tmp_path / "a.pth")


@pytest.mark.parametrize("zipped", [True, False, None], ids=["zip", "legacy", "bare pickle"])
def test_a_hostile_pickle_is_refused_and_not_run(
    published: dict[str, Tensor], tmp_path: Path, zipped: bool | None
) -> None:
    victim, path = tmp_path / "victim", tmp_path / "a.pth"
    hostile = published | {"extra": Hostile(victim)}
    if zipped is None:
        path.write_bytes(pickle.dumps(hostile["extra"]))
    else:
        torch.save(hostile, path, _use_new_zipfile_serialization=zipped)
    assert "nothing of it was run" in refused(path)
    assert not victim.exists()
    with path.open("rb") as file:
        if zipped is None:
            pickle.load(file)
            assert victim.exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_what_is_no_checkpoint_is_refused(published: dict[str, Tensor], tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".pth":
        torch.save(published, path)
    else:
        save_file(published, path)
    whole = path.read_bytes()
    for content in (b"", b"<!DOCTYPE html>", whole[: len(whole) // 2], b"\x87chance"):
        path.write_bytes(content)
        refused(path)


def test_a_given_folder_may_hold_safetensors_instead(published: dict[str, Tensor], tmp_path: Path) -> None:
    name, plan = "video_depth_anything_small", ExecutionPlan("fp32", decode_chunk=4)
    with pytest.raises(DepthError) as caught:
        registry.load(name, tmp_path, "cpu", plan)
    assert caught.value.code is ExitCode.MISSING_WEIGHTS
    save_file(published, tmp_path / "video_depth_anything_vits.safetensors")
    with pytest.raises(DepthError) as caught:
        registry.load(name, tmp_path, "cpu", plan)
    assert caught.value.code is ExitCode.BAD_WEIGHTS  # it is found, and another network's
    assert "the shape" in caught.value.message or "is missing" in caught.value.message
