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
from depth_engine.models.base import Disparity, ExecutionPlan, Precision
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
        return window_values(
            lambda part: self.encode(part.to(device, dtype)), self.head.fuse, self.head.render, frames, chunk, tick
        )

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Normalised pictures [n,3,14h,14w] -> the four levels; the two coarse ones as `Head.fuse` takes them."""
        first, second, third, fourth = self.pretrained(pictures)
        return first, second, self.head.reassemble(2, third), self.head.reassemble(3, fourth)

    def follow(
        self, frame: Tensor, earlier: Sequence[Memory] | None, tick: Callable[[], None]
    ) -> tuple[Tensor, Memory]:
        """As `forward` for one more frame [1,3,H,W] of a stream, and what is to be kept of it on the device.

        earlier: of the frames that it sees, in order, at most 31; None: the frame is a picture by itself.
        """
        device, dtype = self.pretrained.cls_token.device, self.pretrained.cls_token.dtype
        tick()
        first, second, third, fourth = self.encode(frame.to(device, dtype))
        features, memory = self.head.follow(third, fourth, earlier)
        tick()
        return self.head.render(features, first, second).float().cpu(), memory


def window_values(
    encode: Callable[[Tensor], tuple[Tensor, ...]],
    fuse: Callable[[Tensor, Tensor], Tensor],
    render: Callable[[Tensor, Tensor, Tensor], Tensor],
    frames: Tensor,
    chunk: int,
    tick: Callable[[], None],
) -> Tensor:
    """As `VideoDepthNetwork.forward`, by these three steps, whoever computes them."""
    maps: list[tuple[Tensor, ...]] = []
    for part in torch.split(frames, chunk):
        tick()
        maps.append(encode(part))
    tick()
    features = fuse(torch.cat([each[2] for each in maps]), torch.cat([each[3] for each in maps]))
    values: list[Tensor] = []
    for part, (first, second, _, _) in zip(torch.split(features, chunk), maps):
        tick()
        values.append(render(part, first, second).float().cpu())
    return torch.cat(values)


@dataclass(frozen=True, slots=True)
class Predictor:
    """The network as the estimator sees it: pictures [n,H,W,3] to disparity [n,H,W]; `metric`: 1/metres."""

    network: VideoDepthNetwork
    plan: ExecutionPlan
    metric: bool

    def steps(self, frames: int) -> int:
        """How often `tick` is called."""
        return step_count(frames, self.plan.decode_chunk)

    @torch.inference_mode()
    def __call__(self, pictures: Pictures, tick: Callable[[], None]) -> Disparity:
        values = self.network(normalized(pictures), self.plan.decode_chunk, tick)
        return checked_disparity(values, self.plan.precision, metric=self.metric)

    @torch.inference_mode()
    def follow(
        self, pictures: Pictures, earlier: Sequence[Memory] | None, tick: Callable[[], None]
    ) -> tuple[Disparity, Memory]:
        """Disparity [1,H,W] of the next picture [1,H,W,3] of a stream, and what is to be kept of it; two ticks."""
        values, memory = self.network.follow(normalized(pictures), earlier, tick)
        return checked_disparity(values, self.plan.precision, metric=self.metric), memory


def step_count(frames: int, chunk: int) -> int:
    """How often `window_values` calls `tick`."""
    return 2 * -(-frames // chunk) + 1


def checked_disparity(values: Tensor, precision: Precision, *, metric: bool) -> Disparity:
    """Disparity [n,H,W] of the network's values. Raises DepthError INTERNAL where they are not finite."""
    if not torch.isfinite(values).all():
        raise DepthError(
            ExitCode.INTERNAL,
            f"The network's numbers went out of range at precision {precision}.",
            "Use --precision bf16 or fp32.",
        )
    return (1 / values.clamp(min=NEAREST) if metric else values).numpy()


def normalized(pictures: Pictures) -> Tensor:
    """Pictures [n,H,W,3] as the network takes them, [n,3,H,W]."""
    frames = torch.as_tensor(pictures).permute(0, 3, 1, 2).float() / 255
    return (frames - MEAN) / STD


def make_predictor(network: VideoDepthNetwork, device: str, plan: ExecutionPlan, *, metric: bool) -> Predictor:
    """The network brought to its device as the plan says."""
    network.prepare(device, DTYPES[plan.precision])
    return Predictor(network, plan, metric)
