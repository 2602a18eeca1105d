# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is no Depth Anything in the published layout is refused with a sentence, and nothing of it is run."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan
from tests.depth_engine.models.depth_anything.published import PREPROCESSOR, make_config, make_tensors, make_weights
from tests.support.hostile import Hostile

NAME = "depth_anything_v2_small"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return make_weights(tmp_path / "weights")


def refused(folder: Path, name: str = NAME, code: ExitCode = ExitCode.BAD_WEIGHTS) -> str:
    with pytest.raises(DepthError) as caught:
        registry.load(name, folder, "cpu", ExecutionPlan("fp32"))
    assert caught.value.code is code
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_pickle_is_never_loaded(weights: Path, tmp_path: Path, kind: str) -> None:
    trap, file = tmp_path / "sprung", weights / "model.safetensors"
    file.write_bytes(pickle.dumps(Hostile(trap))) if kind == "pickle" else torch.save({"weight": Hostile(trap)}, file)
    assert "cannot be read as safetensors" in refused(weights)
    (weights / "pytorch_model.bin").write_bytes(file.read_bytes())
    file.unlink()
    assert "model.safetensors" in refused(weights, code=ExitCode.MISSING_WEIGHTS)
    assert not trap.exists()


@pytest.mark.parametrize("keep", [0, 4, 1000, -1])
def test_a_file_that_is_cut_off_is_refused(weights: Path, keep: int) -> None:
    file = weights / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    assert "cannot be read as safetensors" in refused(weights)


def test_a_header_that_claims_more_than_there_is_is_refused(weights: Path) -> None:
    (weights / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + b"{}")
    assert "cannot be read as safetensors" in refused(weights)


@pytest.mark.parametrize("what", ["missing", "extra", "shape", "type", "nan"])
def test_a_tensor_that_does_not_fit_is_named(weights: Path, what: str) -> None:
    tensors, name = make_tensors(), "neck.convs.2.weight"
    match what:
        case "missing":
            del tensors[name]
        case "extra":
            name = "neck.convs.4.weight"
            tensors[name] = torch.zeros(1)
        case "shape":
            tensors[name] = tensors[name].flatten()
        case "type":
            tensors[name] = tensors[name].to(torch.int32)
        case _:
            tensors[name][0] = torch.nan
    save_file(tensors, weights / "model.safetensors")
    assert name in refused(weights)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "dpt"}, "model_type"),
        ({"backbone_config": None}, ""),
        ({"backbone_config": "dinov2"}, ""),
        ({"backbone__model_type": "../../evil"}, "model_type"),
        ({"backbone__out_indices": [1, 2, 3]}, "out_indices"),
        ({"backbone__out_indices": [1, 2, 3, 5]}, "sizes"),
        ({"backbone__num_hidden_layers": 10**9}, "num_hidden_layers"),
        ({"backbone__num_hidden_layers": -4}, "num_hidden_layers"),
        ({"backbone__hidden_size": "32"}, "hidden_size"),
        ({"backbone__hidden_size": 33}, "sizes"),
        ({"backbone__use_swiglu_ffn": True}, "use_swiglu_ffn"),
        ({"neck_hidden_sizes": [4, 8, 16, 32, 64]}, "neck_hidden_sizes"),
        ({"neck_hidden_sizes": [4, 8, 16, 1e400]}, "neck_hidden_sizes"),
        ({"patch_size": 16}, "patch_size"),
    ],
)
def test_a_config_of_another_network_is_refused(weights: Path, changes: dict[str, Any], said: str) -> None:
    (weights / "config.json").write_text(json.dumps(make_config(**changes)))
    message = refused(weights)
    assert "config.json" in message and said in message


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, "\xff"])
@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json"])
def test_a_json_file_that_is_none_is_refused(weights: Path, file: str, text: str) -> None:
    (weights / file).write_bytes(text.encode("latin-1"))
    assert file in refused(weights)


@pytest.mark.parametrize("mean", [None, [0.5], [0.5, 0.5, "x"], [0.5, 0.5, 0.0], [0.5, 0.5, float("nan")]])
def test_colours_that_are_none_are_refused(weights: Path, mean: Any) -> None:
    (weights / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR | {"image_std": mean}))
    assert "image_std" in refused(weights)


def test_a_config_cannot_make_the_engine_ask_the_hub(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("something was asked of the network"))
    config = make_config(backbone="someone/else", use_pretrained_backbone=True, auto_map={"AutoModel": "x--y.Z"})
    (weights / "config.json").write_text(json.dumps(config))
    registry.load(NAME, weights, "cpu", ExecutionPlan("fp32"))


def test_metric_weights_are_no_relative_ones(weights: Path, tmp_path: Path) -> None:
    metric = make_weights(tmp_path / "metric", depth_estimation_type="metric", max_depth=20)
    assert "gives metres, not relative depth" in refused(metric)
    assert "gives relative depth, not metres" in refused(weights, "depth_anything_v2_metric_indoor_small")


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_missing_file_is_named(weights: Path, file: str) -> None:
    (weights / file).unlink()
    assert file in refused(weights, code=ExitCode.MISSING_WEIGHTS)
