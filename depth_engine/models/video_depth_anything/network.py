# SPDX-License-Identifier: Apache-2.0
"""The whole network: a window's pictures in, a value for each of their pixels out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from depth_engine.contract import DepthError, ExitCode
from depth_engine.inference.device import DTYPES
from depth_engine.models.base import Disparity, ExecutionPlan
from depth_engine.models.video_depth_anything.encoder import Encoder
from depth_engine.models.video_depth_anything.head import Head, Memory
from depth_engine.models.video_depth_anything.published import Architecture

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
"""Of ImageNet, as in DINOv2's training."""

NEAREST = 0.01
"""Metres: a metric network may say 0, of which there is no reciprocal."""

Pictures = NDArray[np.uint8]


class VideoDepthNetwork(nn.Module):
    """Encoder and head under their published names."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.pretrained = Encoder(architecture)
        self.head = Head(architecture)

    def prepare(self, device: str, dtype: torch.dtype) -> None:
        """Bring the network to a device for inference."""
        self.eval().requires_grad_(False)
        self.to(device=device, dtype=dtype)
        self.head.keep_steps_fine()

    def forward(self, frames: Tensor, chunk: int, tick: Callable[[], None]) -> Tensor:
        """Values [n,H,W] on the CPU, 0 or more, of a window's normalised frames [n,3,H,W], sides multiples of 14.

        chunk: frames that are encoded and rendered at once. tick: called between steps; it may raise.
        """
        device, dtype = self.pretrained.cls_token.device, self.pretrained.cls_token.dtype
        maps: list[list[Tensor]] = []
        for part in torch.split(frames, chunk):
            tick()
            first, second, third, fourth = self.pretrained(part.to(device, dtype))
            maps.append([first, second, self.head.reassemble(2, third), self.head.reassemble(3, fourth)])
        tick()
        features = self.head.fuse(torch.cat([each[2] for each in maps]), torch.cat([each[3] for each in maps]))
        values: list[Tensor] = []
        for part, (first, second, _, _) in zip(torch.split(features, chunk), maps):
            tick()
            values.append(self.head.render(part, first, second).float().cpu())
        return torch.cat(values)

    def follow(self, frame: Tensor, earlier: Sequence[Memory], tick: Callable[[], None]) -> tuple[Tensor, Memory]:
        """As `forward` for one more frame [1,3,H,W] of a stream, and what is to be kept of it on the device.

        earlier: of the frames that it sees, in order, at most 31.
        """
        device, dtype = self.pretrained.cls_token.device, self.pretrained.cls_token.dtype
        tick()
        first, second, third, fourth = self.pretrained(frame.to(device, dtype))
        third, fourth = self.head.reassemble(2, third), self.head.reassemble(3, fourth)
        features, memory = self.head.follow(third, fourth, earlier)
        tick()
        return self.head.render(features, first, second).float().cpu(), memory


@dataclass(frozen=True, slots=True)
class Predictor:
    """The network as the estimator sees it: pictures [n,H,W,3] to disparity [n,H,W]; `metric`: 1/metres."""

    network: VideoDepthNetwork
    plan: ExecutionPlan
    metric: bool

    def steps(self, frames: int) -> int:
        """How often `tick` is called."""
        return 2 * -(-frames // self.plan.decode_chunk) + 1

    @torch.inference_mode()
    def __call__(self, pictures: Pictures, tick: Callable[[], None]) -> Disparity:
        return self._disparity(self.network(_normalized(pictures), self.plan.decode_chunk, tick))

    @torch.inference_mode()
    def follow(
        self, pictures: Pictures, earlier: Sequence[Memory], tick: Callable[[], None]
    ) -> tuple[Disparity, Memory]:
        """Disparity [1,H,W] of the next picture [1,H,W,3] of a stream, and what is to be kept of it; two ticks."""
        values, memory = self.network.follow(_normalized(pictures), earlier, tick)
        return self._disparity(values), memory

    def _disparity(self, values: Tensor) -> Disparity:
        if not torch.isfinite(values).all():
            raise DepthError(
                ExitCode.INTERNAL,
                f"The network's numbers went out of range at precision {self.plan.precision}.",
                "Use --precision bf16 or fp32.",
            )
        return (1 / values.clamp(min=NEAREST) if self.metric else values).numpy()


def _normalized(pictures: Pictures) -> Tensor:
    frames = torch.as_tensor(pictures).permute(0, 3, 1, 2).float() / 255
    return (frames - MEAN) / STD


def make_predictor(network: VideoDepthNetwork, device: str, plan: ExecutionPlan, *, metric: bool) -> Predictor:
    """The network brought to its device as the plan says."""
    network.prepare(device, DTYPES[plan.precision])
    return Predictor(network, plan, metric)
