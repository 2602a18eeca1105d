# SPDX-License-Identifier: GPL-3.0-or-later
"""The golden cases of tests/data/depthcrafter, and shots computed through the engine's public interface."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, Settings, ShotSpec
from depth_engine.models.depthcrafter.estimator import DepthCrafter
from tests.depth_engine.models.depthcrafter.reference import Reference

WEIGHTS = Path(__file__).resolve().parents[3] / "data/depthcrafter"
NAMES = ("single", "long")


@dataclass(frozen=True)
class Case:
    """frames [T,64,128,3] uint8; latents [T,4,8,16] and disparity [T,64,128]: the reference's."""

    name: str
    frames: NDArray[np.uint8]
    latents: NDArray[np.float32]
    disparity: NDArray[np.float32]
    window: int
    overlap: int
    steps: int
    guidance: float

    @property
    def noise(self) -> Path:
        return WEIGHTS / f"{self.name}_noise.safetensors"

    @property
    def spec(self) -> ShotSpec:
        settings = Settings(
            noise=self.noise,
            steps=self.steps,
            guidance=self.guidance,
            window=self.window,
            overlap=self.overlap,
            compat="reference",
        )
        return ShotSpec(len(self.frames), 128, 64, settings=settings)


@functools.cache
def case(name: str) -> Case:
    facts = json.loads((WEIGHTS / "cases.json").read_text())[name]
    with np.load(WEIGHTS / f"{name}.npz") as arrays:
        video, latents, disparity = arrays["video"], arrays["latents"], arrays["disparity_raw"]
    return Case(
        name,
        video,
        latents.reshape(len(video), 4, 8, 16),
        disparity,
        facts["window"],
        facts["overlap"],
        facts["steps"],
        facts["guidance"],
    )


@functools.cache
def parts(name: str) -> tuple[Tensor, Tensor]:
    """Latents and disparity of a case from diffusers' and transformers' own parts on this machine."""
    it, noise = case(name), load_file(case(name).noise)
    reference = Reference(WEIGHTS)
    latents = reference.latents(
        it.frames,
        noise["initial"],
        noise["augmentation"],
        window=it.window,
        overlap=it.overlap,
        steps=it.steps,
        guidance=it.guidance,
    )
    return latents, reference.disparity(latents)


def load(spec: ShotSpec, plan: ExecutionPlan | None = None) -> DepthCrafter:
    plan = plan or registry.module("depthcrafter").execution_plans(spec, "cpu", "fp32")[0]
    model = registry.load("depthcrafter", WEIGHTS, "cpu", plan)
    assert isinstance(model, DepthCrafter)
    return model


def compute(model: DepthCrafter, spec: ShotSpec, frames: NDArray[np.uint8], batch: int = 4) -> tuple[Tensor, Tensor]:
    """Latents and disparity of a shot, pushed `batch` frames at a time."""
    latents: list[Tensor] = []
    estimator = model.open_shot(spec, latents.append)
    finished: list[NDArray[np.float32]] = []
    for pushed in batches(frames, batch):
        finished += estimator.push(pushed, lambda _: None)
    finished += estimator.finish(lambda _: None)
    return torch.cat(latents), torch.as_tensor(np.stack(finished))


def batches(frames: NDArray[np.uint8], size: int) -> Iterator[list[Frame]]:
    every = [Frame(number, rgb) for number, rgb in enumerate(frames, start=1)]
    return (every[first : first + size] for first in range(0, len(every), size))


def relative(found: Tensor, wanted: Tensor) -> float:
    """The largest difference over the largest value."""
    assert found.shape == wanted.shape
    return float((found.double() - wanted.double()).abs().max() / wanted.double().abs().max())
