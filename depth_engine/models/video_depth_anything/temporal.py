# SPDX-License-Identifier: Apache-2.0
"""The temporal module (as in AnimateDiff, Guo et al. 2023): each place of the picture attends to itself over time.

Parameter names are those of the published files.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from depth_engine.models.video_depth_anything.settings import SLICE
from depth_engine.models.video_depth_anything.windows import WINDOW

HEADS, GROUPS, ATTENTIONS = 8, 32, 2


def time_positions(channels: int) -> Tensor:
    """Sines and cosines in turn, of wavelengths from 2 pi to 10000 * 2 pi frames [1,32,channels]."""
    frequencies = torch.exp(torch.arange(0, channels, 2) * (-math.log(10_000.0) / channels))
    angles = torch.arange(WINDOW)[:, None] * frequencies
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[None]


class PositionEncoder(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("pe", time_positions(channels))
        self.pe: Tensor

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens + self.pe[:, : tokens.shape[1]]


class TemporalAttention(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pos_encoder = PositionEncoder(channels)
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(channels, channels, bias=False)
        self.to_v = nn.Linear(channels, channels, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.pos_encoder(tokens)
        query, key, value = (
            project(tokens).unflatten(2, (HEADS, -1)).transpose(1, 2) for project in (self.to_q, self.to_k, self.to_v)
        )
        attended = functional.scaled_dot_product_attention(query, key, value)
        return self.to_out[0](attended.transpose(1, 2).flatten(2))


class GatedLinear(nn.Module):
    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, 2 * inner)

    def forward(self, tokens: Tensor) -> Tensor:
        values, gates = self.proj(tokens).chunk(2, dim=-1)
        return values * functional.gelu(gates)


class FeedForward(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.net = nn.Sequential(GatedLinear(channels, 4 * channels), nn.Identity(), nn.Linear(4 * channels, channels))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.net(tokens)


class TemporalBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.attention_blocks = nn.ModuleList(TemporalAttention(channels) for _ in range(ATTENTIONS))
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(ATTENTIONS))
        self.ff = FeedForward(channels)
        self.ff_norm = nn.LayerNorm(channels)

    def forward(self, tokens: Tensor) -> Tensor:
        for attention, norm in zip(self.attention_blocks, self.norms):
            tokens = tokens + attention(norm(tokens))
        return tokens + self.ff(self.ff_norm(tokens))


class TemporalTransformer(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, channels, eps=1e-6)
        self.proj_in = nn.Linear(channels, channels)
        self.transformer_blocks = nn.ModuleList([TemporalBlock(channels)])
        self.proj_out = nn.Linear(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        normed = self.norm(features)
        places = normed.flatten(2).permute(2, 0, 1)  # each one's frames [h*w,n,c]
        added = torch.cat([self._attended(part) for part in torch.split(places, SLICE)])
        return features + added.permute(1, 2, 0).reshape(features.shape)

    def _attended(self, tokens: Tensor) -> Tensor:
        return self.proj_out(self.transformer_blocks[0](self.proj_in(tokens)))


class TemporalModule(nn.Module):
    """Features of a window's frames [n,c,h,w], n at most 32 -> the same, each place informed of its other frames."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.temporal_transformer = TemporalTransformer(channels)

    def forward(self, features: Tensor) -> Tensor:
        return self.temporal_transformer(features)
