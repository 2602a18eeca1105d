# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is no ChronoDepth in the published layout is refused with a sentence, and nothing of it is run."""

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
from depth_engine.models import chronodepth, registry
from depth_engine.models.base import ExecutionPlan, ShotSpec
from tests.depth_engine.models.chronodepth.fabricate import fabricate
from tests.support.hostile import Hostile

UNET = "chronodepth/diffusion_pytorch_model.safetensors"
CLIP = "svd/image_encoder/model.fp16.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fabricate(tmp_path / "weights")
    return tmp_path / "weights"


def refused(folder: Path) -> DepthError:
    with pytest.raises(DepthError) as caught:
        registry.load("chronodepth", folder, "cpu", ExecutionPlan("fp32", decode_chunk=8))
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("name", [UNET, CLIP])
@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_pickle_is_never_loaded(folder: Path, tmp_path: Path, name: str, kind: str) -> None:
    trap, file = tmp_path / "sprung", folder / name
    file.write_bytes(pickle.dumps(Hostile(trap))) if kind == "pickle" else torch.save({"weight": Hostile(trap)}, file)
    error = refused(folder)
    assert error.code is ExitCode.BAD_WEIGHTS and "cannot be read as safetensors" in error.message
    assert "ChronoDepth" in error.message
    file.rename(file.with_suffix(".bin"))
    assert refused(folder).code is ExitCode.MISSING_WEIGHTS
    assert not trap.exists()


@pytest.mark.parametrize("keep", [0, 4, 1000, -1])
def test_a_file_that_is_cut_off_is_refused(folder: Path, keep: int) -> None:
    (folder / UNET).write_bytes((folder / UNET).read_bytes()[:keep])
    assert refused(folder).code is ExitCode.BAD_WEIGHTS


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda weights: weights.pop("conv_in.bias"), "conv_in.bias is missing"),
        (lambda weights: weights.update(extra=torch.zeros(1)), "extra is not a part of the network"),
        (lambda weights: weights.update({"conv_in.bias": torch.zeros(3)}), "conv_in.bias has the shape"),
        (lambda weights: weights.update({"conv_in.bias": torch.full((32,), torch.nan)}), "not finite"),
        (lambda weights: weights.update({"conv_in.bias": torch.zeros(32, dtype=torch.int8)}), "of type"),
    ],
)
def test_other_parameters_are_refused(folder: Path, change: Callable[[dict[str, Any]], None], reason: str) -> None:
    weights = load_file(folder / UNET)
    change(weights)
    save_file(weights, folder / UNET)
    error = refused(folder)
    assert error.code is ExitCode.BAD_WEIGHTS and reason in error.message


@pytest.mark.parametrize("file", ["chronodepth/config.json", "svd/vae/config.json", "svd/image_encoder/config.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", '{"block_out_channels": "wide", "hidden_size": "wide"}'])
def test_a_config_that_makes_no_such_network_is_refused(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(text)
    error = refused(folder)
    assert error.code is ExitCode.BAD_WEIGHTS and Path(file).parts[0] in error.message


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("svd/scheduler/scheduler_config.json", "sigma_max"),
        ("svd/feature_extractor/preprocessor_config.json", "image_mean"),
    ],
)
@pytest.mark.parametrize("value", [None, "much", [1, 2]])
def test_a_config_without_its_numbers_is_refused(folder: Path, file: str, key: str, value: object) -> None:
    config = json.loads((folder / file).read_text())
    config.pop(key)
    (folder / file).write_text(json.dumps(config if value is None else {**config, key: value}))
    error = refused(folder)
    assert error.code is ExitCode.BAD_WEIGHTS and key in error.message


def test_depthcrafters_folder_is_not_taken_for_it(folder: Path) -> None:
    (folder / "chronodepth").rename(folder / "depthcrafter")
    error = refused(folder)
    assert error.code is ExitCode.MISSING_WEIGHTS and "chronodepth/config.json" in error.message


def test_full_precision_files_serve_too_and_a_damaged_folder_is_noticed_while_planning(folder: Path) -> None:
    vae = folder / "svd/vae/diffusion_pytorch_model.fp16.safetensors"
    vae.rename(vae.with_name("diffusion_pytorch_model.safetensors"))
    registry.load("chronodepth", folder, "cpu", ExecutionPlan("fp32", decode_chunk=8))
    shutil.rmtree(folder / "svd/vae")
    with pytest.raises(DepthError) as caught:
        chronodepth.execution_plans(ShotSpec(10, 640, 360), "cpu", "fp32", folder)
    assert caught.value.code is ExitCode.MISSING_WEIGHTS
