# SPDX-License-Identifier: Apache-2.0
"""The model `embedded` at work: pictures in, disparity out, every frame on its own."""

from __future__ import annotations

from pathlib import Path

import torch

from depth_engine.footage.frame import Rgb
from depth_engine.inference.device import DTYPES
from depth_engine.models import embedded
from depth_engine.models.base import Disparity, ExecutionPlan, ModelInfo, ShotSpec
from depth_engine.models.embedded.checkpoint import load_parameters
from depth_engine.models.embedded.network import EmbeddedNetwork
from depth_engine.models.per_frame import PerFrameEstimator
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

    def open_shot(self, spec: ShotSpec) -> PerFrameEstimator:
        size = embedded.processed_size(spec)
        return PerFrameEstimator(lambda rgb: self.disparity(resized(rgb, size)), spec.frame_count, self.plan.precision)

    @torch.inference_mode()
    def disparity(self, picture: Rgb) -> Disparity:
        """Disparity [8H/14,8W/14] of a picture [H,W,3] whose sides are multiples of 14."""
        pixels = torch.as_tensor(picture, device=self.device).permute(2, 0, 1)[None]
        return self.network(pixels.float() / 255)[0].float().cpu().numpy()


def load_model(weights: Path | None, device: str, plan: ExecutionPlan) -> EmbeddedModel:
    """As `depth_engine.models.embedded.load`."""
    found = find_weights(embedded.INFO, weights)
    with torch.device("meta"):
        network = EmbeddedNetwork()
    load_parameters(network, found.files[0])
    network.prepare(device, DTYPES[plan.precision])
    return EmbeddedModel(network, found.identity, device, plan)
