# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's own weights of the embedded network are used; everything else is refused with a sentence.

How the file is read is tested where its loader is: see test_int8.py and video_depth_anything/test_checkpoint.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, Precision, ShotSpec
from depth_engine.models.int8 import SCALE
from tests.depth_engine.models.embedded.fabricate import FILE, save_changed

Change = Callable[[dict[str, Tensor]], object]
LAST = "head.scratch.output_conv2.2"
WIDE = "head.scratch.output_conv1.weight"


def depth(folder: Path | None, precision: Precision = "fp32") -> np.ndarray:
    picture = np.random.default_rng(5).integers(0, 256, (42, 56, 3), dtype=np.uint8)
    model = registry.load("embedded", folder, "cpu", ExecutionPlan(precision))
    return model.open_shot(ShotSpec(1, 56, 42)).push([Frame(1, picture)], lambda _: None)[0]


def to_float32(tensors: dict[str, Tensor]) -> None:
    """As someone would save weights who trained on: no int8, no scales."""
    for name in [name for name in tensors if not name.endswith(SCALE)]:
        scale = tensors.pop(name + SCALE, torch.tensor(1.0))
        tensors[name] = tensors[name].float() * scale.float()


def test_a_folder_with_the_same_values_gives_the_same_depth(tmp_path: Path) -> None:
    """But for rounding: how a table lies in memory chooses a processor's kernels."""
    save_changed(tmp_path, to_float32)
    expected = depth(None)
    assert np.abs(depth(tmp_path) - expected).max() < 1e-5 * np.ptp(expected)
    assert registry.load("embedded", tmp_path, "cpu", ExecutionPlan("fp32")).weights.startswith("supplied by the user")


def test_other_values_of_a_user_are_used(tmp_path: Path) -> None:
    save_changed(tmp_path, lambda tensors: tensors.update({f"{LAST}.bias": tensors[f"{LAST}.bias"] + 100}))
    assert np.median(depth(tmp_path)) > np.median(depth(None)) + 50


def replaced(name: str, tensor: Tensor) -> Change:
    return lambda tensors: tensors.update({name: tensor})


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda tensors: tensors.pop(f"{LAST}.bias"), f"{LAST}.bias is missing"),
        (lambda tensors: tensors.pop(WIDE + SCALE), f"{WIDE}.scale is missing"),
        (replaced("encoder.layernorm.bias", torch.zeros(1)), "encoder.layernorm.bias is not a part"),
        (replaced(f"{LAST}.bias", torch.zeros(2)), f"{LAST}.bias has the shape [2], not [1]"),
        (replaced(WIDE + SCALE, torch.ones(32)), f"{WIDE}.scale does not fit"),
        (replaced(WIDE + SCALE, torch.full((32, 1, 1, 1), torch.inf)), "no finite numbers"),
    ],
)
def test_tensors_of_another_network_are_refused(tmp_path: Path, change: Change, part: str) -> None:
    save_changed(tmp_path, change)
    with pytest.raises(DepthError) as caught:
        depth(tmp_path)
    assert caught.value.code is ExitCode.BAD_WEIGHTS
    assert part in caught.value.message and FILE in caught.value.message
    assert "\n" not in caught.value.message


def test_numbers_out_of_range_are_an_error_and_no_depth(tmp_path: Path) -> None:
    save_changed(tmp_path, lambda tensors: tensors[WIDE + SCALE].mul_(1e6))
    assert np.isfinite(depth(tmp_path)).all()
    with pytest.raises(DepthError) as caught:
        depth(tmp_path, "fp16")
    assert "fp16" in caught.value.message
    assert "fp32" in caught.value.hint
