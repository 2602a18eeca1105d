# SPDX-License-Identifier: Apache-2.0
"""The stabilising head: a frame's features meet those of its reference frames, then its own edges.

Parameter names are those of the published files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from depth_engine.models.nvds.attention import FocalBlock
from depth_engine.models.nvds.published import Architecture

UNUSED_CHANNELS = 128
"""Of a layer that is in the published files and in no computation."""


class Projection(nn.Module):
    def __init__(self, before: int, features: int) -> None:
        super().__init__()
        self.proj = nn.Linear(before, features)

    def forward(self, features: Tensor) -> Tensor:
        """Features [n,c,h,w] at another width."""
        return self.proj(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Residual(nn.Module):
    """The published program's first ReLU works in place, so the sum has its result, too."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, padding=1)
        self.conv_branch = nn.Sequential(
            nn.ReLU(), nn.Conv2d(after, after, 3, padding=1), nn.ReLU(), nn.Conv2d(after, after, 3, padding=1)
        )

    def forward(self, features: Tensor) -> Tensor:
        features = functional.relu(self.conv1(features))
        return functional.relu(features + self.conv_branch(features))


class Fusion(nn.Module):
    """Adds what is finer to what came before, and enlarges the sum."""

    def __init__(self, fine: int, features: int, after: int, larger: int) -> None:
        super().__init__()
        self.ftb1 = Residual(fine, features)
        self.ftb2 = Residual(features, after)
        self._larger = larger

    def forward(self, fine: Tensor, features: Tensor) -> Tensor:
        features = self.ftb2(self.ftb1(fine) + features)
        if self._larger == 1:
            return features
        return functional.interpolate(features, scale_factor=self._larger, mode="bilinear", align_corners=True)


class Output(nn.Module):
    def __init__(self, before: int) -> None:
        super().__init__()
        self.adapt_conv = nn.Sequential(
            nn.Conv2d(before, before // 2, 3, padding=1), nn.ReLU(), nn.Identity(), nn.Conv2d(before // 2, 1, 1)
        )

    def forward(self, features: Tensor) -> Tensor:
        wide, relu, _, last = self.adapt_conv
        features = relu(wide(features)).to(cast(Tensor, last.weight).dtype)
        return last(features)


class FocalDecoder(nn.Module):
    def __init__(self, features: int, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(FocalBlock(features) for _ in range(blocks))

    def forward(self, frames: Tensor) -> Tensor:
        """Four frames [4,h,w,c] -> the last one [h,w,c]."""
        for block in self.blocks:
            frames = torch.cat([frames[:3], block(frames)[None]])
        return frames[3]


class Stabilizer(nn.Module):
    """In two parts: `fuse` for each frame once, `stabilize` for each window."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        features = architecture.features
        self.conv_seg = nn.Conv2d(UNUSED_CHANNELS, 1, 1)
        for number, width in enumerate(architecture.widths, start=1):
            self.add_module(f"linear_c{number}", Projection(width, features))
        self.linear_fuse = nn.Sequential(nn.Conv2d(4 * features, features, 1, bias=False), nn.ReLU())
        self.decoder_focal = FocalDecoder(features, architecture.blocks)
        fine, half = architecture.edges
        self.ffm2 = Fusion(features, features, half, larger=2)
        self.ffm1 = Fusion(half, half, fine, larger=2)
        self.ffm0 = Fusion(fine, fine, fine // 2, larger=1)
        self.AO = Output(fine // 2)

    def fuse(self, maps: Sequence[Tensor]) -> Tensor:
        """The encoder's four maps of frames as one [n,features,h,w] at the size of the first."""
        size = maps[0].shape[2:]
        wide = [self.get_submodule(f"linear_c{number}")(maps[number - 1]) for number in (4, 3, 2)]
        resized = [functional.interpolate(each, size, mode="bilinear") for each in wide]
        return self.linear_fuse(torch.cat([*resized, self.get_submodule("linear_c1")(maps[0])], dim=1))

    def stabilize(self, frames: Tensor, edges: Tensor, half_edges: Tensor) -> Tensor:
        """What `fuse` made of a window's frames [4,c,h,w], and the last frame's edges -> [1,1,4h,4w]."""
        informed = self.decoder_focal(frames.permute(0, 2, 3, 1)).permute(2, 0, 1)[None]
        features = self.ffm2(frames[3:], informed)
        return self.AO(self.ffm0(edges, self.ffm1(half_edges, features)))
