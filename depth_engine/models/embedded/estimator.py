# SPDX-License-Identifier: Apache-2.0
"""The model `embedded` at work: pictures in, disparity out, every frame on its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Frame, Rgb
from depth_engine.inference.device import DTYPES
from depth_engine.models import embedded
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
from depth_engine.models.embedded.checkpoint import load_parameters
from depth_engine.models.embedded.network import EmbeddedNetwork
from depth_engine.models.pictures import resized
from depth_engine.models.weights import find_weights


class EmbeddedModel:
    """The network on its device (a `models.base.Model`)."""

    def __init__(self, network: EmbeddedNetwork, weights: str, device: str, plan: ExecutionPlan) -> None:
        self.network = network
        self.weights = weights
        self.device = device
        self.plan = plan

    @property
    def info(self) -> ModelInfo:
        return embedded.INFO

    def open_shot(self, spec: ShotSpec) -> EmbeddedEstimator:
        return EmbeddedEstimator(self, spec)

    @torch.inference_mode()
    def disparity(self, picture: Rgb) -> Disparity:
        """Disparity [8H/14,8W/14] of a picture [H,W,3] whose sides are multiples of 14."""
        pixels = torch.as_tensor(picture, device=self.device).permute(2, 0, 1)[None]
        disparity = self.network(pixels.float() / 255)[0].float().cpu()
        if not torch.isfinite(disparity).all():
            raise DepthError(
                ExitCode.INTERNAL,
                f"The network's numbers went out of range at precision {self.plan.precision}.",
                "Use --precision fp32.",
            )
        return disparity.numpy()


class EmbeddedEstimator:
    """Disparity of one shot's frames, each given back by the `push` that brought it (a `models.base.Estimator`)."""

    def __init__(self, model: EmbeddedModel, spec: ShotSpec) -> None:
        self._model = model
        self._size = embedded.processed_size(spec)
        self._frame_count = spec.frame_count
        self._done = 0

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        return [self._next(frame.rgb, progress) for frame in frames]

    def finish(self, progress: Report) -> list[Disparity]:
        return []

    def state(self) -> EstimatorState:
        return EstimatorState(self._done, self._done, {}, {})

    def restore(self, state: EstimatorState) -> None:
        self._done = state.pushed

    def report(self) -> tuple[WindowSeam, ...]:
        return ()

    def _next(self, rgb: Rgb, progress: Report) -> Disparity:
        """One frame at a time: its values cannot depend on the frames that come with it, and a job stops at once."""
        self._done += 1
        progress(WindowProgress(self._done, self._frame_count))
        return self._model.disparity(resized(rgb, self._size))


def load_model(weights: Path | None, device: str, plan: ExecutionPlan) -> EmbeddedModel:
    """As `depth_engine.models.embedded.load`."""
    found = find_weights(embedded.INFO, weights)
    with torch.device("meta"):
        network = EmbeddedNetwork()
    load_parameters(network, found.files[0])
    network.prepare(device, DTYPES[plan.precision])
    return EmbeddedModel(network, found.identity, device, plan)
