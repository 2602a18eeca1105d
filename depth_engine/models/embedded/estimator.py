# SPDX-License-Identifier: Apache-2.0
"""The model `embedded` at work: pictures in, disparity out, every frame on its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from depth_engine.footage.frame import Rgb
from depth_engine.inference.device import DTYPES
from depth_engine.models import embedded
from depth_engine.models.base import Disparity, ExecutionPlan, ModelInfo, ShotSpec
from depth_engine.models.embedded.checkpoint import load_parameters
from depth_engine.models.embedded.network import EmbeddedNetwork
from depth_engine.models.per_frame import PerFrameEstimator
from depth_engine.models.pictures import resized
from depth_engine.models.weights import FoundWeights, find_weights
from depth_engine.runtimes.export import Part
from depth_engine.runtimes.graphs import GraphKey
from depth_engine.runtimes.network import open_network

Network = Callable[[Tensor], Tensor]
"""As `EmbeddedNetwork.forward`."""


class EmbeddedModel:
    """The network on its device (a `models.base.Model`); an exported one is opened for each shot's size."""

    def __init__(self, found: FoundWeights, device: str, plan: ExecutionPlan) -> None:
        self._found = found
        self.weights = found.identity
        self.device = device
        self.plan = plan
        self._network = _network(found, device, plan) if plan.runtime == "torch" else None

    @property
    def info(self) -> ModelInfo:
        return embedded.INFO

    def open_shot(self, spec: ShotSpec) -> PerFrameEstimator:
        size = embedded.processed_size(spec)
        network = self._network or self._exported(size)
        return PerFrameEstimator(
            lambda rgb: self._disparity(network, resized(rgb, size)), spec.frame_count, self.plan.precision
        )

    @torch.inference_mode()
    def _disparity(self, network: Network, picture: Rgb) -> Disparity:
        """Disparity [8H/14,8W/14] of a picture [H,W,3] whose sides are multiples of 14."""
        pixels = torch.as_tensor(picture, device=self.device).permute(2, 0, 1)[None]
        return network(pixels.float() / 255)[0].float().cpu().numpy()

    def _exported(self, size: tuple[int, int]) -> Network:
        def build() -> dict[str, Part]:
            network = _network(self._found, "cpu", ExecutionPlan("fp32"))
            return {"network": Part(network, (torch.zeros(1, 3, size[1], size[0]),))}

        key = GraphKey(self.info.name, self.weights, *size)
        network = open_network(key, self.plan, build)["network"]
        return lambda pictures: network(pictures)[0]


def load_model(weights: Path | None, device: str, plan: ExecutionPlan) -> EmbeddedModel:
    """As `depth_engine.models.embedded.load`."""
    return EmbeddedModel(find_weights(embedded.INFO, weights), device, plan)


def _network(found: FoundWeights, device: str, plan: ExecutionPlan) -> EmbeddedNetwork:
    with torch.device("meta"):
        network = EmbeddedNetwork()
    load_parameters(network, found.files[0])
    network.prepare(device, DTYPES[plan.precision])
    return network
