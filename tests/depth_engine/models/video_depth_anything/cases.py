# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny network of the published topology with random weights, and made-up footage."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from depth_engine.footage.frame import Frame, Rgb
from depth_engine.models.base import ExecutionPlan, ShotSpec
from depth_engine.models.video_depth_anything import MODELS
from depth_engine.models.video_depth_anything.estimator import VideoDepthModel, WindowPredictor
from depth_engine.models.video_depth_anything.network import Predictor, VideoDepthNetwork, make_predictor
from depth_engine.models.video_depth_anything.published import Architecture

TINY = Architecture(
    width=24, depth=5, heads=2, taps=(0, 2, 3, 4), channels=(8, 16, 32, 64), features=32, parameters=0, grid=5
)
WIDTH, HEIGHT = 56, 28
PLAN = ExecutionPlan("fp32", decode_chunk=4)


def parameters(network: torch.nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """Random values that keep numbers in range; sines and cosines of time stay what they are."""
    generator = torch.Generator().manual_seed(seed)
    return {name: _random(name, tensor, generator) for name, tensor in network.state_dict().items()}


def _random(name: str, tensor: Tensor, generator: torch.Generator) -> Tensor:
    if name.endswith(".pe"):
        return tensor.clone()
    values = torch.randn(tensor.shape, generator=generator)
    if tensor.ndim == 1:
        return 0.1 * values + (1.0 if name.endswith(("norm.weight", "gamma")) or ".norm" in name else 0.1)
    return values / tensor[0].numel() ** 0.5


def tiny_network(seed: int = 0) -> VideoDepthNetwork:
    network = VideoDepthNetwork(TINY)
    network.load_state_dict(parameters(network, seed))
    return network


def tiny_predictor(plan: ExecutionPlan = PLAN, *, metric: bool = False) -> Predictor:
    return make_predictor(tiny_network(), "cpu", plan, metric=metric)


def model_of(predictor: WindowPredictor, *, metric: bool = False) -> VideoDepthModel:
    info = MODELS["video_depth_anything_small" + ("_metric" if metric else "")].INFO
    return VideoDepthModel(predictor, info, "made up", "cpu", PLAN)


def spec(frames: int) -> ShotSpec:
    return ShotSpec(frames, WIDTH, HEIGHT)


def clip(frames: int) -> list[Frame]:
    """A bright disc that wanders over a gradient."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return [Frame(number, _picture(x, y, number)) for number in range(1, frames + 1)]


def _picture(x: NDArray[np.int64], y: NDArray[np.int64], number: int) -> Rgb:
    disc = np.hypot(x - 28 - 18 * np.sin(number / 9), y - 14 - 8 * np.cos(number / 7)) < 9
    gray = 30 + 2 * x + np.where(disc, 90, 0)
    return np.stack([gray, gray // 2 + y, 255 - gray], axis=2).clip(0, 255).astype(np.uint8)
