# SPDX-License-Identifier: Apache-2.0
"""The DPT head (Ranftl et al. 2021) with temporal modules between its levels (Chen et al. 2025, arXiv 2501.12375).

Parameter names are those of the published files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from depth_engine.models.patches import PATCH
from depth_engine.models.video_depth_anything.published import Architecture
from depth_engine.models.video_depth_anything.temporal import Hidden, TemporalModule

PREDICTING = 32
"""Channels of the last step."""

Size = tuple[int, int]
Memory = tuple[Hidden, ...]
"""What later frames of a stream see of one frame, by temporal module."""


def resize(features: Tensor, size: Size) -> Tensor:
    return functional.interpolate(features, size=size, mode="bilinear", align_corners=True)


def size_of(features: Tensor) -> Size:
    return features.shape[-2], features.shape[-1]


class ResidualUnit(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.conv2(functional.relu(self.conv1(functional.relu(features))))


class Fusion(nn.Module):
    """Adds a finer level to what came from the coarser ones and brings the sum to the next level's size."""

    def __init__(self, channels: int, *, coarsest: bool = False) -> None:
        super().__init__()
        self.out_conv = nn.Conv2d(channels, channels, 1)
        if not coarsest:
            self.resConfUnit1 = ResidualUnit(channels)
        self.resConfUnit2 = ResidualUnit(channels)

    def forward(self, features: Tensor, size: Size, level: Tensor | None = None) -> Tensor:
        if level is not None:
            features = features + self.resConfUnit1(level)
        # A 1x1 convolution and a bilinear resize commute exactly: convolve where there are fewer pixels.
        return resize(self.out_conv(self.resConfUnit2(features)), size)


class Scratch(nn.Module):
    """The head's parts once its levels are equally wide, under their published name."""

    def __init__(self, channels: tuple[int, int, int, int], features: int) -> None:
        super().__init__()
        narrow = [nn.Conv2d(width, features, 3, padding=1, bias=False) for width in channels]
        self.layer1_rn, self.layer2_rn, self.layer3_rn, self.layer4_rn = narrow
        self.refinenet1, self.refinenet2, self.refinenet3 = (Fusion(features) for _ in range(3))
        self.refinenet4 = Fusion(features, coarsest=True)
        self.output_conv1 = nn.Conv2d(features, features // 2, 3, padding=1)
        self.output_conv2 = nn.Sequential(
            nn.Conv2d(features // 2, PREDICTING, 3, padding=1), nn.ReLU(), nn.Conv2d(PREDICTING, 1, 1), nn.ReLU()
        )


class Head(nn.Module):
    """In three parts, so that what is done frame by frame can be done for a few at once: reassemble, fuse, render."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        channels, features = architecture.channels, architecture.features
        self.projects = nn.ModuleList(nn.Conv2d(architecture.width, width, 1) for width in channels)
        self.resize_layers = nn.ModuleList(
            [
                nn.ConvTranspose2d(channels[0], channels[0], 4, stride=4),
                nn.ConvTranspose2d(channels[1], channels[1], 2, stride=2),
                nn.Identity(),
                nn.Conv2d(channels[3], channels[3], 3, stride=2, padding=1),
            ]
        )
        self.scratch = Scratch(channels, features)
        widths = (channels[2], channels[3], features, features)
        self.motion_modules = nn.ModuleList(TemporalModule(width) for width in widths)

    def reassemble(self, level: int, tokens: Tensor) -> Tensor:
        """One of the encoder's maps [n,width,h,w] at its level's width and size: 4, 2, 1 and 1/2 of the tokens'."""
        return self.resize_layers[level](self.projects[level](tokens))

    def fuse(self, third: Tensor, fourth: Tensor, *, causal: bool = False) -> Tensor:
        """The two coarse levels of all frames of a window -> features [n,features,2h,2w] that know of each other.

        causal: of earlier ones only, as `follow` gives them one by one.
        """
        return self._fuse(third, fourth, lambda index, features: self.motion_modules[index](features, causal=causal))

    def follow(self, third: Tensor, fourth: Tensor, earlier: Sequence[Memory] | None) -> tuple[Tensor, Memory]:
        """As `fuse` for one more frame of a stream, and what is to be kept of it. earlier: of the frames it sees; None:
        as `fuse_alone`, and nothing is kept.
        """
        if earlier is None:
            return self.fuse_alone(third, fourth), ()
        memory: list[Hidden] = []

        def inform(index: int, features: Tensor) -> Tensor:
            module = cast(TemporalModule, self.motion_modules[index])
            features, hidden = module.follow(features, [each[index] for each in earlier])
            memory.append(hidden)
            return features

        return self._fuse(third, fourth, inform), tuple(memory)

    def fuse_alone(self, third: Tensor, fourth: Tensor) -> Tensor:
        """As `fuse` for pictures that have nothing to do with each other, without the temporal modules."""
        return self._fuse(third, fourth, lambda _, features: features)

    def _fuse(self, third: Tensor, fourth: Tensor, inform: Callable[[int, Tensor], Tensor]) -> Tensor:
        """inform: the temporal module of an index at work."""
        third = self.scratch.layer3_rn(inform(0, third))
        fourth = self.scratch.layer4_rn(inform(1, fourth))
        features = inform(2, self.scratch.refinenet4(fourth, size_of(third)))
        rows, columns = size_of(third)
        return inform(3, self.scratch.refinenet3(features, (2 * rows, 2 * columns), third))

    def render(self, features: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """What `fuse` made of some frames and their two fine encoder maps -> values [n,14h,14w], 0 or more."""
        rows, columns = size_of(first)
        finest = self.scratch.layer1_rn(self.reassemble(0, first))
        fine = self.scratch.layer2_rn(self.reassemble(1, second))
        features = self.scratch.refinenet2(features, size_of(finest), fine)
        features = self.scratch.refinenet1(features, (8 * rows, 8 * columns), finest)
        features = resize(self.scratch.output_conv1(features), (PATCH * rows, PATCH * columns))
        wide, relu, last, cut = self.scratch.output_conv2
        features = relu(wide(features)).to(cast(Tensor, last.weight).dtype)
        return cut(last(features)).squeeze(1)

    def keep_steps_fine(self) -> None:
        """In half precision the last sum would give depth steps that show in a relief."""
        self.scratch.output_conv2[2].float()
