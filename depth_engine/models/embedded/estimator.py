# SPDX-License-Identifier: Apache-2.0
"""The model `embedded` at work: a shot as a stream, with what was noted of its last 15 frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from depth_engine.inference.device import DTYPES
from depth_engine.models import embedded
from depth_engine.models.base import ExecutionPlan, ModelInfo, ShotSpec
from depth_engine.models.video_depth_anything.checkpoint import load_network
from depth_engine.models.video_depth_anything.exported import ExportedFramePredictor, frame_parts
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork, make_predictor
from depth_engine.models.video_depth_anything.published import SMALL
from depth_engine.models.video_depth_anything.streaming import FramePredictor, StreamingEstimator
from depth_engine.models.weights import FoundWeights, find_weights
from depth_engine.runtimes.export import Part
from depth_engine.runtimes.graphs import GraphKey
from depth_engine.runtimes.network import open_network


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """The network on its device (a `models.base.Model`). predictor: for pictures of a width and height."""

    predictor: Callable[[tuple[int, int]], FramePredictor]
    weights: str
    device: str
    plan: ExecutionPlan

    @property
    def info(self) -> ModelInfo:
        return embedded.INFO

    def open_shot(self, spec: ShotSpec) -> StreamingEstimator:
        size = embedded.processed_size(spec)
        sight = embedded.SIGHT if spec.frame_count > 1 else embedded.ALONE
        return StreamingEstimator(self.predictor(size), spec.frame_count, size, sight, self.device)


def load_model(weights: Path | None, device: str, plan: ExecutionPlan) -> EmbeddedModel:
    """As `depth_engine.models.embedded.load`."""
    found = find_weights(embedded.INFO, weights)
    if plan.runtime == "torch":
        predictor = make_predictor(load_network(SMALL, found.files[0]), device, plan, metric=False)
        return EmbeddedModel(lambda _: predictor, found.identity, device, plan)
    return EmbeddedModel(_exported(found, plan), found.identity, device, plan)


def _exported(found: FoundWeights, plan: ExecutionPlan) -> Callable[[tuple[int, int]], FramePredictor]:
    """Opens the graphs for a size; of the network itself only the head stays in memory."""
    head = _exportable(found).head.to(DTYPES[plan.precision])

    def opened(size: tuple[int, int]) -> ExportedFramePredictor:
        def build() -> dict[str, Part]:
            return frame_parts(_exportable(found), SMALL, size)

        graphs = open_network(GraphKey(embedded.INFO.name, found.identity, *size), plan, build)
        return ExportedFramePredictor(graphs, head, plan)

    return opened


def _exportable(found: FoundWeights) -> VideoDepthNetwork:
    network = load_network(SMALL, found.files[0])
    network.prepare("cpu", torch.float32)
    return network
