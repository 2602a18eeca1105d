# SPDX-License-Identifier: GPL-3.0-or-later
"""Only weights of the embedded network are loaded; everything else is refused with a sentence."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Frame
from depth_engine.models import registry, weights
from depth_engine.models.base import ExecutionPlan, Precision, ShotSpec
from tests.support.hostile import Hostile

NAME = registry.info("embedded").files[0].path
PUBLISHED = weights.MODELS_FOLDER / "embedded" / NAME

Change = Callable[[dict[str, Tensor]], object]


def save(folder: Path, change: Change) -> Path:
    tensors = load_file(PUBLISHED)
    change(tensors)
    save_file(tensors, folder / NAME)
    return folder


def depth(folder: Path | None, precision: Precision = "fp32") -> np.ndarray:
    picture = np.random.default_rng(5).integers(0, 256, (42, 56, 3), dtype=np.uint8)
    model = registry.load("embedded", folder, "cpu", ExecutionPlan(precision))
    return model.open_shot(ShotSpec(1, 56, 42)).push([Frame(1, picture)], lambda _: None)[0]


def to_float32(tensors: dict[str, Tensor]) -> None:
    """As someone would save weights who trained on: no int8, no scales."""
    for name in [name for name in tensors if not name.endswith(".scale")]:
        scale = tensors.pop(name + ".scale", torch.tensor(1.0))
        tensors[name] = tensors[name].float() * scale.float()


def test_a_folder_with_the_same_values_gives_the_same_depth(tmp_path: Path) -> None:
    save(tmp_path, to_float32)
    assert np.array_equal(depth(tmp_path), depth(None))
    assert registry.load("embedded", tmp_path, "cpu", ExecutionPlan("fp32")).weights.startswith("supplied by the user")


def test_other_values_of_a_user_are_used(tmp_path: Path) -> None:
    save(tmp_path, lambda tensors: tensors["head.o3.bias"].add_(100))
    assert np.allclose(depth(tmp_path), depth(None) + 100, atol=0.1)


def replaced(name: str, tensor: Tensor) -> Change:
    return lambda tensors: tensors.update({name: tensor})


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda tensors: tensors.pop("head.o1.bias"), "head.o1.bias is missing"),
        (lambda tensors: tensors.pop("head.o1.weight.scale"), "head.o1.weight.scale is missing"),
        (replaced("head.o4.bias", torch.zeros(1)), "head.o4.bias is not a part"),
        (replaced("head.o3.bias.scale", torch.ones(1)), "head.o3.bias.scale is not a part"),
        (replaced("head.o3.bias", torch.zeros(2)), "head.o3.bias has the shape [2], not [1]"),
        (replaced("head.o1.weight.scale", torch.ones(32)), "head.o1.weight.scale does not fit"),
        (replaced("head.o1.weight.scale", torch.ones(32, 64, 3, 2)), "head.o1.weight.scale does not fit"),
        (replaced("head.o3.bias", torch.zeros(1, dtype=torch.int64)), "head.o3.bias is of type I64"),
        (replaced("head.o3.bias", torch.tensor([torch.nan])), "head.o3.bias has values that are not finite"),
        (replaced("head.o1.weight.scale", torch.full((32, 1, 1, 1), torch.inf)), "not finite"),
    ],
)
def test_tensors_of_another_network_are_refused(tmp_path: Path, change: Change, part: str) -> None:
    save(tmp_path, change)
    with pytest.raises(DepthError) as caught:
        depth(tmp_path)
    assert caught.value.code is ExitCode.BAD_WEIGHTS
    assert part in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "pickle", "huge header"])
def test_files_that_are_no_safetensors_are_refused(tmp_path: Path, kind: str) -> None:
    trap = tmp_path / "trap"
    content = {
        "empty": b"",
        "text": b"<html>404 not found</html>",
        "truncated": PUBLISHED.read_bytes()[:1_000_000],
        "pickle": pickle.dumps(Hostile(trap)),
        "huge header": (2**62).to_bytes(8, "little") + b"{}",
    }
    (tmp_path / NAME).write_bytes(content[kind])
    with pytest.raises(DepthError) as caught:
        depth(tmp_path)
    assert caught.value.code is ExitCode.BAD_WEIGHTS
    assert NAME in caught.value.message
    assert not trap.exists()


def test_numbers_out_of_range_are_an_error_and_no_depth(tmp_path: Path) -> None:
    save(tmp_path, lambda tensors: tensors["head.o1.weight.scale"].mul_(3000))
    assert np.isfinite(depth(tmp_path)).all()
    with pytest.raises(DepthError) as caught:
        depth(tmp_path, "fp16")
    assert "fp16" in caught.value.message
    assert "fp32" in caught.value.hint
