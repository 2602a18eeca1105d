# SPDX-License-Identifier: Apache-2.0
"""The whole network: frames with a first depth of each in, steady depth of the last one out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Rgb
from depth_engine.inference.device import DTYPES
from depth_engine.models.base import Disparity, Precision
from depth_engine.models.nvds.backbone import Encoder
from depth_engine.models.nvds.head import Stabilizer
from depth_engine.models.nvds.published import Architecture

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
"""Of ImageNet, as in the encoder's training."""


class NvdsNetwork(nn.Module):
    """Encoder, head and the frame's edges under their published names."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        fine, half = architecture.edges
        self.backbone = Encoder(architecture)
        self.Stabilizer = Stabilizer(architecture)
        self.edge_conv = nn.Sequential(nn.Conv2d(3, fine, 3, padding=1), nn.ReLU())
        self.edge_conv1 = nn.Sequential(nn.Conv2d(fine, half, 3, padding=1, stride=2), nn.ReLU())

    def encode(self, frame: Tensor) -> Tensor:
        """Features [c,H/4,W/4] of normalised colours and depth [4,H,W], sides multiples of 32."""
        return self.Stabilizer.fuse(self.backbone(frame[None]))[0]

    def forward(self, frames: Tensor, colours: Tensor) -> Tensor:
        """Disparity [H,W], 0 or more, of the last of four frames: their features [4,c,H/4,W/4], its colours [3,H,W]."""
        edges = self.edge_conv(colours[None])
        return self.Stabilizer.stabilize(frames, edges, self.edge_conv1(edges))[0, 0].relu()


def unit_range(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """A picture's depth from 0 to 1, as the network was trained on; 0 where it is the same everywhere."""
    low, high = depth.min(), depth.max()
    return (depth - low) / (high - low) if high > low else np.zeros_like(depth)


@dataclass(frozen=True, slots=True)
class Stabilizing:
    """The network as the estimator sees it."""

    network: NvdsNetwork
    device: str
    precision: Precision

    @torch.inference_mode()
    def encode(self, picture: Rgb, depth: Disparity) -> Tensor:
        """What is kept of a picture [H,W,3] with its own disparity [H,W], of any range."""
        frame = torch.cat([_normalized(picture), torch.as_tensor(unit_range(depth))[None]])
        return self.network.encode(self._brought(frame))

    @torch.inference_mode()
    def stabilize(self, frames: Sequence[Tensor], picture: Rgb) -> Disparity:
        """Steady disparity [H,W] of a picture [H,W,3]: what was kept of three reference frames and of it."""
        values = self.network(torch.stack([*frames]), self._brought(_normalized(picture))).float()
        if not torch.isfinite(values).all():
            raise DepthError(
                ExitCode.INTERNAL,
                f"The network's numbers went out of range at precision {self.precision}.",
                "Use --precision bf16 or fp32.",
            )
        return values.cpu().numpy()

    def _brought(self, values: Tensor) -> Tensor:
        return values.to(self.device, DTYPES[self.precision])


def _normalized(picture: Rgb) -> Tensor:
    return (torch.as_tensor(picture).permute(2, 0, 1).float() / 255 - MEAN) / STD


def make_stabilizing(network: NvdsNetwork, device: str, precision: Precision) -> Stabilizing:
    """The network brought to its device. Its last sum stays in float32: steps of depth would show in a relief."""
    network.eval().requires_grad_(False).to(device=device, dtype=DTYPES[precision])
    network.Stabilizer.AO.adapt_conv[3].float()
    return Stabilizing(network, device, precision)
