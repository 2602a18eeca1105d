# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder that is not Marigold's is refused in a sentence that names the file; nothing in it is run."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, ShotSpec
from depth_engine.models.marigold.variants import (
    PATHS,
    SCHEDULER,
    TEXT_CONFIG,
    TEXT_WEIGHTS,
    UNET_CONFIG,
    UNET_WEIGHTS,
    VAE_CONFIG,
    VAE_WEIGHTS,
    VOCABULARY,
)
from tests.support.hostile import Hostile

Damage = Callable[[Path], object]


def changed(path: str, **entries: Any) -> Damage:
    """Change entries of a JSON file; None takes them away."""

    def damage(folder: Path) -> None:
        values = json.loads((folder / path).read_text()) | entries
        (folder / path).write_text(json.dumps({name: value for name, value in values.items() if value is not None}))

    return damage


def tensors(path: str, change: Callable[[dict[str, torch.Tensor]], object]) -> Damage:
    def damage(folder: Path) -> None:
        values = load_file(folder / path)
        change(values)
        save_file(values, folder / path, {"format": "pt"})

    return damage


def text(path: str, content: str) -> Damage:
    return lambda folder: (folder / path).write_text(content)


DAMAGES: dict[str, tuple[Damage, str, str]] = {
    "scheduler of another kind": (changed(SCHEDULER, _class_name="os.system"), SCHEDULER, "_class_name is 'os.system'"),
    "no scheduler's name": (changed(SCHEDULER, _class_name=None), SCHEDULER, "has no _class_name"),
    "scheduler's schedule": (changed(SCHEDULER, beta_schedule="none"), SCHEDULER, "none"),
    "config is a list": (text(UNET_CONFIG, "[]"), UNET_CONFIG, "not a JSON object"),
    "config is cut off": (text(VAE_CONFIG, "{"), VAE_CONFIG, "cannot be read"),
    "Stable Diffusion itself": (changed(UNET_CONFIG, in_channels=4), UNET_CONFIG, "in_channels is 4, not 8"),
    "unknown blocks": (changed(UNET_CONFIG, down_block_types=["x"] * 4), UNET_CONFIG, "x"),
    "another text encoder": (changed(UNET_CONFIG, cross_attention_dim=12), UNET_WEIGHTS, "has the shape"),
    "a smaller VAE": (changed(VAE_CONFIG, block_out_channels=[8, 8]), VAE_CONFIG, "block_out_channels are not 4"),
    "heads that do not divide": (changed(TEXT_CONFIG, num_attention_heads=3), TEXT_CONFIG, "not a multiple"),
    "no vocabulary": (changed(VOCABULARY, **{"<|endoftext|>": None}), VOCABULARY, "has no numbers"),
    "vocabulary too large": (changed(VOCABULARY, **{"<|endoftext|>": 99}), VOCABULARY, "has no numbers"),
    "a tensor is missing": (
        tensors(UNET_WEIGHTS, lambda stored: stored.pop("conv_out.bias")),
        UNET_WEIGHTS,
        "is missing",
    ),
    "not finite": (
        tensors(VAE_WEIGHTS, lambda stored: stored["decoder.conv_in.bias"].fill_(float("nan"))),
        VAE_WEIGHTS,
        "not finite",
    ),
    "another shape": (
        tensors(TEXT_WEIGHTS, lambda stored: stored.update({"text_model.final_layer_norm.bias": torch.zeros(3)})),
        TEXT_WEIGHTS,
        "has the shape",
    ),
    "a pickle": (
        lambda folder: (folder / UNET_WEIGHTS).write_bytes(pickle.dumps(Hostile(Path("run")))),
        UNET_WEIGHTS,
        "read",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_does_not_belong_is_named(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    damage, path, reason = DAMAGES[name]
    folder = tmp_path / "weights"
    shutil.copytree(weights, folder)
    damage(folder)
    with pytest.raises(DepthError) as caught:
        registry.load("marigold_lcm", folder, "cpu", ExecutionPlan("fp32"))
    assert caught.value.code is ExitCode.BAD_WEIGHTS
    assert caught.value.message.startswith(f"{folder / path} does not belong to Marigold LCM: ")
    assert reason in caught.value.message
    assert caught.value.hint.endswith("models fetch marigold_lcm")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("path", PATHS)
def test_every_file_is_asked_for(weights: Path, tmp_path: Path, path: str) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(weights, folder)
    (folder / path).unlink()
    with pytest.raises(DepthError) as caught:
        registry.load("marigold_v1_1", folder, "cpu", ExecutionPlan("fp32"))
    assert caught.value.code is ExitCode.MISSING_WEIGHTS
    assert path in caught.value.message


@pytest.mark.parametrize("path", [UNET_WEIGHTS, VAE_WEIGHTS])
def test_a_network_that_cannot_be_sized_is_noticed_while_planning(weights: Path, tmp_path: Path, path: str) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(weights, folder)
    save_file({"other": torch.zeros(1)}, folder / path)
    with pytest.raises(DepthError, match=r"conv_in\.weight is missing") as caught:
        registry.module("marigold_v1_1").execution_plans(ShotSpec(1, 64, 64), "cpu", "fp32", folder)
    assert caught.value.code is ExitCode.BAD_WEIGHTS
