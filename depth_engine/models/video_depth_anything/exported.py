# SPDX-License-Identifier: Apache-2.0
"""The network outside of torch: three graphs, so that what is done frame by frame is done for a few at once.

In a stream what a frame sees grows, and a graph has one shape: there torch computes what lies between the graphs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from depth_engine.inference.device import DTYPES
from depth_engine.models.base import Disparity, ExecutionPlan, ModelInfo, ShotSpec
from depth_engine.models.patches import PATCH
from depth_engine.models.video_depth_anything.checkpoint import load_network
from depth_engine.models.video_depth_anything.estimator import VideoDepthEstimator
from depth_engine.models.video_depth_anything.head import Head, Memory
from depth_engine.models.video_depth_anything.network import (
    Pictures,
    VideoDepthNetwork,
    checked_disparity,
    normalized,
    step_count,
    window_values,
)
from depth_engine.models.video_depth_anything.published import Architecture
from depth_engine.models.video_depth_anything.settings import processed_size
from depth_engine.models.video_depth_anything.windows import WINDOW
from depth_engine.models.weights import FoundWeights
from depth_engine.runtimes.export import Part
from depth_engine.runtimes.graphs import GraphKey
from depth_engine.runtimes.network import Graph, open_network


class Step(nn.Module):
    """One of the network's methods as a module of its own."""

    def __init__(self, network: VideoDepthNetwork, step: Callable[..., Tensor | tuple[Tensor, ...]]) -> None:
        super().__init__()
        self.network = network
        self._step = step

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        return self._step(*inputs)


def frame_parts(
    network: VideoDepthNetwork, architecture: Architecture, size: tuple[int, int], chunk: int = 1
) -> dict[str, Part]:
    """What is done frame by frame, for `chunk` pictures of this width and height at once."""
    width, height = size
    picture = torch.zeros(chunk, 3, height, width)
    with torch.no_grad():
        first, second, _, _ = network.encode(picture)
    features = torch.zeros(chunk, architecture.features, 2 * height // PATCH, 2 * width // PATCH)
    fine = (torch.zeros_like(first), torch.zeros_like(second))
    return {
        "encode": Part(Step(network, network.encode), (picture,)),
        "render": Part(Step(network, network.head.render), (features, *fine)),
    }


def network_parts(
    network: VideoDepthNetwork, architecture: Architecture, size: tuple[int, int], chunk: int
) -> dict[str, Part]:
    """Of a window of pictures of this width and height, `chunk` of them encoded and rendered at once."""
    with torch.no_grad():
        levels = network.encode(torch.zeros(1, 3, size[1], size[0]))[2:]
    window = tuple(torch.zeros(WINDOW, *level.shape[1:]) for level in levels)
    return frame_parts(network, architecture, size, chunk) | {"fuse": Part(Step(network, network.head.fuse), window)}


@dataclass(frozen=True, slots=True)
class ExportedPredictor:
    """The graphs as the estimator sees them (an `estimator.PlainPredictor`); `metric`: 1/metres."""

    graphs: dict[str, Graph]
    plan: ExecutionPlan
    metric: bool

    def steps(self, frames: int) -> int:
        return step_count(frames, self.plan.decode_chunk)

    @torch.inference_mode()
    def __call__(self, pictures: Pictures, tick: Callable[[], None]) -> Disparity:
        frames, chunk = normalized(pictures), self.plan.decode_chunk
        values = window_values(self._encode, self._fuse, self._render, frames, chunk, tick)
        return checked_disparity(values, self.plan.precision, metric=self.metric)

    def _encode(self, pictures: Tensor) -> tuple[Tensor, ...]:
        return tuple(level[: len(pictures)] for level in self.graphs["encode"](self._filled(pictures)))

    def _fuse(self, third: Tensor, fourth: Tensor) -> Tensor:
        return self.graphs["fuse"](third, fourth)[0]

    def _render(self, *inputs: Tensor) -> Tensor:
        return self.graphs["render"](*map(self._filled, inputs))[0][: len(inputs[0])]

    def _filled(self, frames: Tensor) -> Tensor:
        """With frames of zeros, where a window's last part is smaller than the others."""
        missing = self.plan.decode_chunk - len(frames)
        return functional.pad(frames, (0, 0, 0, 0, 0, 0, 0, missing)) if missing else frames


@dataclass(frozen=True, slots=True)
class ExportedFramePredictor:
    """The graphs of `frame_parts` as a stream sees them (a `streaming.FramePredictor`), which take and give float32.

    head: on the CPU, in the numbers of the plan.
    """

    graphs: dict[str, Graph]
    head: Head
    plan: ExecutionPlan

    @torch.inference_mode()
    def follow(
        self, pictures: Pictures, earlier: Sequence[Memory] | None, tick: Callable[[], None]
    ) -> tuple[Disparity, Memory]:
        tick()
        first, second, third, fourth = self.graphs["encode"](normalized(pictures))
        dtype = DTYPES[self.plan.precision]
        features, memory = self.head.follow(third.to(dtype), fourth.to(dtype), earlier)
        tick()
        (values,) = self.graphs["render"](features.float(), first, second)
        return checked_disparity(values, self.plan.precision, metric=False), memory


@dataclass(frozen=True, slots=True)
class ExportedVideoDepthModel:
    """A `models.base.Model` whose graphs are opened for each shot's size."""

    info: ModelInfo
    architecture: Architecture
    found: FoundWeights
    device: str
    plan: ExecutionPlan

    @property
    def weights(self) -> str:
        return self.found.identity

    def open_shot(self, spec: ShotSpec) -> VideoDepthEstimator:
        size, chunk = processed_size(spec), self.plan.decode_chunk

        def build() -> dict[str, Part]:
            network = load_network(self.architecture, self.found.files[0])
            network.prepare("cpu", torch.float32)
            return network_parts(network, self.architecture, size, chunk)

        graphs = open_network(GraphKey(self.info.name, self.weights, *size, chunk), self.plan, build)
        predictor = ExportedPredictor(graphs, self.plan, self.info.kind == "metric")
        return VideoDepthEstimator(predictor, self.info, spec)
