# SPDX-License-Identifier: Apache-2.0
"""The network of the model `embedded`: a DINOv2 ViT-S/14 encoder and a DPT head of 2.65 million parameters.

Parameter names are those of the weight file: `encoder.*` as in transformers' Dinov2Model, `head.*` as below.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Dinov2Config, Dinov2Model

PATCH = 14
WIDTH = 384
LAYERS = (3, 6, 9, 12)
"""Hidden states that the head sees; 0 would be the embeddings, 12 the last block."""

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
"""Of ImageNet, as in DINOv2's training."""

Size = tuple[int, int]


def resize(features: Tensor, size: Size) -> Tensor:
    return functional.interpolate(features, size=size, mode="bilinear", align_corners=True)


class ResidualUnit(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.c2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.c2(functional.relu(self.c1(functional.relu(features))))


class Fusion(nn.Module):
    """Adds a finer level to what came from the coarser ones and brings the sum to the next level's size."""

    def __init__(self, channels: int, *, coarsest: bool = False) -> None:
        super().__init__()
        self.r1 = None if coarsest else ResidualUnit(channels)
        self.r2 = ResidualUnit(channels)
        self.o = nn.Conv2d(channels, channels, 1)

    def forward(self, coarse: Tensor, level: Tensor | None, size: Size) -> Tensor:
        if self.r1 is not None and level is not None:
            coarse = coarse + self.r1(level)
        # A 1x1 convolution and a bilinear resize commute exactly: convolve where there are fewer pixels.
        return resize(self.o(self.r2(coarse)), size)


class DptHead(nn.Module):
    """Four encoder levels [B,384,h,w] -> disparity [B,8h,8w] (DPT's reassemble, fuse and predict, 64 channels)."""

    def __init__(self, channels: int = 64, widths: tuple[int, int, int, int] = (48, 96, 192, 384)) -> None:
        super().__init__()
        self.p = nn.ModuleList(nn.Conv2d(WIDTH, width, 1) for width in widths)
        self.rs = nn.ModuleList(
            [
                nn.ConvTranspose2d(widths[0], widths[0], 4, stride=4),
                nn.ConvTranspose2d(widths[1], widths[1], 2, stride=2),
                nn.Identity(),
                nn.Conv2d(widths[3], widths[3], 3, stride=2, padding=1),
            ]
        )
        self.rn = nn.ModuleList(nn.Conv2d(width, channels, 3, padding=1, bias=False) for width in widths)
        self.f = nn.ModuleList(Fusion(channels, coarsest=index == 3) for index in range(4))
        self.o1 = nn.Conv2d(channels, channels // 2, 3, padding=1)
        self.o2 = nn.Conv2d(channels // 2, 32, 3, padding=1)
        self.o3 = nn.Conv2d(32, 1, 1)

    def forward(self, maps: list[Tensor]) -> Tensor:
        levels = [
            narrow(resample(project(features)))
            for features, project, resample, narrow in zip(maps, self.p, self.rs, self.rn)
        ]
        height, width = levels[0].shape[-2:]
        sizes: list[Size] = [(2 * height, 2 * width), *((level.shape[-2], level.shape[-1]) for level in levels[:3])]
        features = self.f[3](levels[3], None, sizes[3])
        for index in (2, 1, 0):
            features = self.f[index](features, levels[index], sizes[index])
        features = functional.relu(self.o2(functional.relu(self.o1(features))))
        return self.o3(features.to(self.o3.weight.dtype)).squeeze(1)


class EmbeddedNetwork(nn.Module):
    """RGB pictures to relative disparity: near = large, of any affine scale."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Dinov2Model(
            Dinov2Config(
                hidden_size=WIDTH, num_hidden_layers=12, num_attention_heads=6, image_size=518, patch_size=PATCH
            )
        )
        self.head = DptHead()

    def prepare(self, device: str, dtype: torch.dtype) -> None:
        """Bring the network to a device for inference."""
        self.eval().requires_grad_(False)
        self.to(device=device, dtype=dtype)
        cast(Any, self.head).to(memory_format=torch.channels_last)  # quicker convolutions
        self.head.o3.float()  # in half precision the last sum would give depth steps that show in a relief

    def forward(self, pictures: Tensor) -> Tensor:
        """Disparity [B,8H/14,8W/14] of float32 pictures [B,3,H,W] in [0,1], sides multiples of 14."""
        rows, columns = pictures.shape[-2] // PATCH, pictures.shape[-1] // PATCH
        states = self.encoder(
            (pictures - MEAN.to(pictures)) / STD.to(pictures), output_hidden_states=True
        ).hidden_states
        tokens = [self.encoder.layernorm(states[layer])[:, 1:] for layer in LAYERS]  # without the class token
        return self.head([each.transpose(1, 2).unflatten(2, (rows, columns)) for each in tokens])
