# SPDX-License-Identifier: GPL-3.0-or-later
"""The network in three graphs gives the values of the network, window after window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import save_file

from depth_engine.models.base import Disparity, ExecutionPlan, ModelInfo
from depth_engine.models.video_depth_anything import MODELS
from depth_engine.models.video_depth_anything.exported import ExportedVideoDepthModel
from depth_engine.models.video_depth_anything.settings import runtime_plans
from depth_engine.models.weights import FoundWeights
from depth_engine.runtimes import Runtime
from tests.depth_engine.models.video_depth_anything.cases import (
    TINY,
    clip,
    model_of,
    spec,
    tiny_network,
    tiny_predictor,
)

FRAMES = 40
CHUNK = 5
"""Frames at once, which leave a last part of 2."""

RUNTIMES: tuple[Runtime, ...] = ("openvino", "onnx")
INFO: ModelInfo = MODELS["video_depth_anything_small"].INFO


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports are shared by the tests of this file."""
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(autouse=True)
def shared_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(home))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> FoundWeights:
    folder = tmp_path_factory.mktemp("weights")
    save_file(tiny_network().state_dict(), folder / "tiny.safetensors")
    return FoundWeights(folder, (folder / "tiny.safetensors",), "made up")


def estimate(model: Any) -> list[Disparity]:
    estimator = model.open_shot(spec(FRAMES))
    return [*estimator.push(clip(FRAMES), lambda _: None), *estimator.finish(lambda _: None)]


def exported(weights: FoundWeights, runtime: Runtime) -> ExportedVideoDepthModel:
    plan = ExecutionPlan("fp32", decode_chunk=CHUNK, runtime=runtime)
    return ExportedVideoDepthModel(INFO, TINY, weights, "cpu", plan)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_depth_is_that_of_torch_to_a_ten_thousandth_of_the_range(weights: FoundWeights, runtime: Runtime) -> None:
    wanted = estimate(model_of(tiny_predictor()))
    found = estimate(exported(weights, runtime))
    assert len(found) == len(wanted) == FRAMES
    for mine, expected in zip(found, wanted):
        assert np.abs(mine - expected).max() < 1e-4 * np.ptp(expected)


def test_progress_is_told_and_may_stop_as_with_torch(weights: FoundWeights) -> None:
    def steps(model: Any) -> list[tuple[int, int]]:
        told: list[tuple[int, int]] = []
        model.open_shot(spec(32)).push(clip(32), lambda at: told.append((at.step, at.steps)))
        return told

    torch = model_of(tiny_predictor(ExecutionPlan("fp32", decode_chunk=CHUNK)))
    assert steps(exported(weights, "onnx")) == steps(torch)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_plans_say_the_runtime_and_need_less_and_less(runtime: Runtime) -> None:
    plans = runtime_plans(TINY, spec(FRAMES), runtime, "fp32")
    assert {plan.runtime for plan in plans} == {runtime}
    assert [plan.decode_chunk for plan in plans] == [4, 2, 1]
    sizes = [plan.device_bytes for plan in plans]
    assert sizes == sorted(sizes, reverse=True)
