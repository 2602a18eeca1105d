# SPDX-License-Identifier: GPL-3.0-or-later
"""Shots computed through the engine's public interface, with the tiny weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.affine_depth import FAR_OVER_NEAR
from depth_engine.models.base import ExecutionPlan, Settings, ShotSpec
from depth_engine.models.chronodepth.estimator import ChronoDepth

Video = NDArray[np.uint8]
Pictures = NDArray[np.float32]


def video(count: int, height: int = 64, width: int = 128) -> Video:
    """Soft colours that move [T,H,W,3]."""
    y, x = np.mgrid[:height, :width]
    waves = [128 + 100 * np.sin(x / 9 + t / 3 + c) * np.cos(y / 11 - c) for t in range(count) for c in range(3)]
    return np.stack(waves).reshape(count, 3, height, width).transpose(0, 2, 3, 1).astype(np.uint8)


def spec_of(frames: Video, **settings: object) -> ShotSpec:
    count, height, width, _ = frames.shape
    return ShotSpec(count, width, height, settings=Settings(**{"steps": 1, **settings}))  # type: ignore[arg-type]


def load(weights: Path, spec: ShotSpec, plan: ExecutionPlan | None = None) -> ChronoDepth:
    plan = plan or registry.module("chronodepth").execution_plans(spec, "cpu", "fp32", weights)[0]
    model = registry.load("chronodepth", weights, "cpu", plan)
    assert isinstance(model, ChronoDepth)
    return model


def compute(model: ChronoDepth, spec: ShotSpec, frames: Video, batch: int = 4) -> Pictures:
    """Disparity [T,h,w] of a shot, pushed `batch` frames at a time."""
    estimator = model.open_shot(spec)
    finished = [y for pushed in batches(frames, batch) for y in estimator.push(pushed, lambda _: None)]
    return np.stack(finished + estimator.finish(lambda _: None))


def batches(frames: Video, size: int) -> Iterator[list[Frame]]:
    every = [Frame(number, rgb) for number, rgb in enumerate(frames, start=1)]
    return (every[first : first + size] for first in range(0, len(every), size))


def depth_of(disparity: Pictures) -> Pictures:
    """What the network said, 0..1."""
    return (1 / disparity - 1) / (FAR_OVER_NEAR - 1)


def noise_file(path: Path, count: int, height: int = 64, width: int = 128) -> tuple[Path, torch.Tensor, torch.Tensor]:
    """A file for --noise, and what is in it: `initial` and `augmentation` [T,4,h,w]."""
    generator = torch.Generator().manual_seed(11)
    initial, augmentation = (torch.randn(count, 4, height // 8, width // 8, generator=generator) for _ in range(2))
    save_file({"initial": initial, "augmentation": augmentation}, path)
    return path, initial, augmentation
