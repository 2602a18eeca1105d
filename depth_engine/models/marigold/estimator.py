# SPDX-License-Identifier: Apache-2.0
"""Marigold at work: pictures in, disparity out, each frame beginning near where the one before ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Frame, Rgb
from depth_engine.inference.device import DTYPES
from depth_engine.models.affine_depth import to_disparity
from depth_engine.models.base import (
    Disparity,
    EstimatorState,
    ExecutionPlan,
    ModelInfo,
    Report,
    ShotSpec,
    WindowProgress,
    WindowSeam,
)
from depth_engine.models.marigold.depth import combine
from depth_engine.models.marigold.networks import LATENT_CHANNELS, load_networks
from depth_engine.models.marigold.pipeline import Pipeline, vae_type
from depth_engine.models.marigold.settings import UNIT, content_size, processed_size
from depth_engine.models.pictures import resized
from depth_engine.models.svd.noise import SeededNoise
from depth_engine.models.weights import find_weights

if TYPE_CHECKING:
    from depth_engine.models.marigold import Marigold

CARRIED = 0.1
"""Share of the last frame's latent in what a frame is denoised from; the rest is noise, the same for all frames. As
diffusers' guide to Marigold proposes for video (docs/source/en/using-diffusers/marigold_usage.md): less flicker.
"""


@dataclass(frozen=True, slots=True)
class MarigoldModel:
    """The networks on their device (a `models.base.Model`)."""

    module: Marigold
    pipeline: Pipeline
    weights: str
    device: str
    plan: ExecutionPlan

    @property
    def info(self) -> ModelInfo:
        return self.module.INFO

    def open_shot(self, spec: ShotSpec) -> MarigoldEstimator:
        return MarigoldEstimator(self, spec)


def load_model(module: Marigold, weights: Path | None, device: str, plan: ExecutionPlan) -> MarigoldModel:
    """As `Marigold.load`."""
    found = find_weights(module.INFO, weights)
    types = DTYPES[plan.precision], vae_type(device, plan.precision)
    networks = load_networks(found.files, *types, module.refusal)
    return MarigoldModel(module, Pipeline(networks, device, plan.precision), found.identity, device, plan)


class MarigoldEstimator:
    """One shot (a `models.base.Estimator`). Held between pushes: the last frame's depth latents, one for each member of
    the ensemble.
    """

    def __init__(self, model: MarigoldModel, spec: ShotSpec) -> None:
        self._pipeline = model.pipeline
        self._precision = model.plan.precision
        self._frame_count = spec.frame_count
        self._steps, self._ensemble = model.module.steps(spec), model.module.ensemble(spec)
        self._content, self._size = content_size(spec), processed_size(spec)
        self._seed = spec.settings.seed
        shape = (LATENT_CHANNELS, self._size[1] // UNIT, self._size[0] // UNIT)
        noise = SeededNoise(self._seed)
        self._noise = torch.stack([noise.initial(member, shape) for member in range(self._ensemble)])
        self._latents: Tensor | None = None
        self._done = 0

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        return [self._next(frame.rgb, progress) for frame in frames]

    def finish(self, progress: Report) -> list[Disparity]:
        return []

    def state(self) -> EstimatorState:
        arrays = {} if self._latents is None else {"latents": self._latents.numpy()}
        return EstimatorState(self._done, self._done, {}, arrays)

    def restore(self, state: EstimatorState) -> None:
        self._done = state.pushed
        self._latents = torch.as_tensor(state.arrays["latents"].copy()) if state.arrays else None

    def report(self) -> tuple[WindowSeam, ...]:
        return ()

    def _next(self, rgb: Rgb, progress: Report) -> Disparity:
        self._done += 1
        picture = self._pipeline.encode(_tensor(rgb, self._content, self._size))
        starts = self._noise
        if self._latents is not None:
            starts = (1 - CARRIED) * starts + CARRIED * self._latents
        latents = [self._member(member, picture, start[None], progress) for member, start in enumerate(starts)]
        depths = torch.stack([self._pipeline.decode(latent) for latent in latents])
        depths = depths[:, : self._content[1], : self._content[0]].cpu().numpy()
        if not np.isfinite(depths).all():
            raise DepthError(
                ExitCode.INTERNAL,
                f"The networks' numbers went out of range at precision {self._precision}.",
                "Use --precision fp32.",
            )
        self._latents = torch.cat(latents).cpu()
        return to_disparity(combine(depths))

    def _member(self, member: int, picture: Tensor, start: Tensor, progress: Report) -> Tensor:
        """The noise between an LCM's steps is a member's own and the same in every frame, as its first noise is."""
        generator = torch.Generator().manual_seed(self._seed + member)
        every = self._ensemble * self._steps

        def on_step(step: int) -> None:
            progress(WindowProgress(self._done, self._frame_count, member * self._steps + step + 1, every))

        return self._pipeline.denoise(picture, start, self._steps, generator, on_step)


def _tensor(rgb: Rgb, content: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """A picture [H,W,3] uint8 as [1,3,h,w] in [-1,1]: resized to the content's size, edges repeated to the size."""
    seen = torch.as_tensor(resized(rgb, content)).permute(2, 0, 1)[None].float() / 255.0
    padding = (0, size[0] - content[0], 0, size[1] - content[1])
    return functional.pad(seen * 2.0 - 1.0, padding, mode="replicate")
