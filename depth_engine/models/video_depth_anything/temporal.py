# SPDX-License-Identifier: Apache-2.0
"""The temporal module (as in AnimateDiff, Guo et al. 2023): each place of the picture attends to itself over time.

Parameter names are those of the published files.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from depth_engine.models.video_depth_anything.settings import HEADS, SLICE
from depth_engine.models.video_depth_anything.windows import WINDOW

GROUPS, ATTENTIONS = 32, 2

Hidden = tuple[Tensor, ...]
"""What a module's attentions are given of one frame, [h*w,c] each. Later frames of a stream attend to it."""


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

    def forward(self, tokens: Tensor, *, causal: bool = False) -> Tensor:
        """Tokens [h*w,n,c] that attend to each other. causal: each frame's sees none of later ones, as in a stream."""
        placed = self.pos_encoder(tokens)
        query, key, value = (
            project(placed).unflatten(2, (HEADS, -1)).transpose(1, 2) for project in (self.to_q, self.to_k, self.to_v)
        )
        attended = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        return self.to_out[0](attended.transpose(1, 2).flatten(2))

    def follow(self, token: Tensor, earlier: Sequence[Tensor]) -> Tensor:
        """What the newest token [h*w,c] learns of itself and of earlier ones, each [h*w,c] -> [h*w,c].

        With one query for each place, keys and values need not be computed: q (K x) is (q K) x, and the weighted mean
        of V x is V times the weighted mean of x. That is several times less work. So are places in time that are added
        to scores and means, and not to all tokens.
        """
        seen = torch.stack([*earlier, token], dim=1)
        times = self.pos_encoder.pe[0, : seen.shape[1]]
        key, value = (layer.weight.view(HEADS, -1, token.shape[1]) for layer in (self.to_k, self.to_v))
        asked = self.to_q(token + times[-1]) * key.shape[1] ** -0.5
        query = (asked.unflatten(1, (HEADS, -1)).transpose(0, 1) @ key).transpose(0, 1).contiguous()
        weights = torch.baddbmm(query @ times.T, query, seen.transpose(1, 2)).softmax(dim=2)
        mean = torch.baddbmm(weights @ times, weights, seen)
        attended = mean.transpose(0, 1) @ value.transpose(1, 2)
        return self.to_out[0](attended.transpose(0, 1).flatten(1))


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

    def forward(self, tokens: Tensor, *, causal: bool = False) -> Tensor:
        for attention, norm in zip(self.attention_blocks, self.norms):
            tokens = tokens + attention(norm(tokens), causal=causal)
        return tokens + self.ff(self.ff_norm(tokens))

    def follow(self, token: Tensor, earlier: Sequence[Sequence[Tensor]]) -> tuple[Tensor, Hidden]:
        """The newest token [h*w,c], and what each attention was given. earlier: the same of earlier frames, for each
        attention.
        """
        given: list[Tensor] = []
        for attention, norm, before in zip(self.attention_blocks, self.norms, earlier):
            given.append(norm(token))
            token = token + cast(TemporalAttention, attention).follow(given[-1], before)
        return token + self.ff(self.ff_norm(token)), tuple(given)


class TemporalTransformer(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, channels, eps=1e-6)
        self.proj_in = nn.Linear(channels, channels)
        self.transformer_blocks = nn.ModuleList([TemporalBlock(channels)])
        self.proj_out = nn.Linear(channels, channels)

    @property
    def block(self) -> TemporalBlock:
        return cast(TemporalBlock, self.transformer_blocks[0])

    def forward(self, features: Tensor, *, causal: bool = False) -> Tensor:
        normed = self.norm(features)
        places = normed.flatten(2).permute(2, 0, 1)  # each one's frames [h*w,n,c]
        added = torch.cat([self._attended(part, causal) for part in torch.split(places, SLICE)])
        return features + added.permute(1, 2, 0).reshape(features.shape)

    def follow(self, features: Tensor, earlier: Sequence[Hidden]) -> tuple[Tensor, Hidden]:
        """One more frame [1,c,h,w] of a stream, informed of earlier ones, and what later ones will see of it."""
        places = self.norm(features).flatten(2)[0].T.contiguous()
        added: list[Tensor] = []
        given: list[Hidden] = []
        for first in range(0, len(places), SLICE):
            part = slice(first, first + SLICE)
            before = [[hidden[index][part] for hidden in earlier] for index in range(ATTENTIONS)]
            tokens, hidden = self.block.follow(self.proj_in(places[part]), before)
            added.append(self.proj_out(tokens))
            given.append(hidden)
        hidden = tuple(torch.cat(parts) for parts in zip(*given))
        return features + torch.cat(added).T.reshape(features.shape), hidden

    def _attended(self, tokens: Tensor, causal: bool) -> Tensor:
        return self.proj_out(self.block(self.proj_in(tokens), causal=causal))


class TemporalModule(nn.Module):
    """Features of a window's frames [n,c,h,w], n at most 32 -> the same, each place informed of its other frames."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.temporal_transformer = TemporalTransformer(channels)

    def forward(self, features: Tensor, *, causal: bool = False) -> Tensor:
        return self.temporal_transformer(features, causal=causal)

    def follow(self, features: Tensor, earlier: Sequence[Hidden]) -> tuple[Tensor, Hidden]:
        """As `TemporalTransformer.follow`."""
        return self.temporal_transformer.follow(features, earlier)
