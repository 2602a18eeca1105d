# SPDX-License-Identifier: Apache-2.0
"""The DINOv2 vision transformer (Oquab et al. 2023), with the parameter names of its own published files.

transformers' Dinov2Model resizes the learned positions a little differently, and its names are others.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from depth_engine.models.patches import PATCH
from depth_engine.models.video_depth_anything.published import Architecture

EPSILON = 1e-6
GRID_OFFSET = 0.1
"""Added to the grid's sides when learned positions are resized: published so, and weights were trained with it."""


class LayerScale(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens * self.gamma


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        query, key, value = self.qkv(tokens).unflatten(-1, (3, self._heads, -1)).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value)
        return self.proj(attended.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(tokens)))


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=EPSILON)
        self.attn = Attention(width, heads)
        self.ls1 = LayerScale(width)
        self.norm2 = nn.LayerNorm(width, eps=EPSILON)
        self.mlp = Mlp(width)
        self.ls2 = LayerScale(width)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.ls1(self.attn(self.norm1(tokens)))
        return tokens + self.ls2(self.mlp(self.norm2(tokens)))


class PatchEmbed(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, PATCH, stride=PATCH)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.proj(pictures)


class Encoder(nn.Module):
    """Pictures to what four of the blocks made of them."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        width = architecture.width
        self._taps, self._grid = architecture.taps, architecture.grid
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + architecture.grid**2, width))
        self.patch_embed = PatchEmbed(width)
        self.blocks = nn.ModuleList(Block(width, architecture.heads) for _ in range(architecture.depth))
        self.norm = nn.LayerNorm(width, eps=EPSILON)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Normalised pictures [n,3,14h,14w] -> four maps [n,width,h,w], the earliest block's first."""
        tokens = self.embed(pictures)
        size = pictures.shape[-2] // PATCH, pictures.shape[-1] // PATCH
        return [self.as_map(each, size) for index, each in self.states(tokens) if index in self._taps]

    def embed(self, pictures: Tensor) -> Tensor:
        """The class token and a token for each patch [n,1+h*w,width], as the first block takes them."""
        patches = self.patch_embed(pictures)
        rows, columns = patches.shape[-2:]
        tokens = torch.cat([self.cls_token.expand(len(patches), -1, -1), patches.flatten(2).transpose(1, 2)], dim=1)
        return tokens + self._positions(rows, columns)

    def states(self, tokens: Tensor, first: int = 0, end: int | None = None) -> Iterator[tuple[int, Tensor]]:
        """What the blocks from `first` to before `end` (all by default) make of the tokens, each with its number."""
        for index, block in enumerate(self.blocks[first:end], first):
            tokens = block(tokens)
            yield index, tokens

    def as_map(self, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """Tokens after a block -> the map [n,width,h,w] that the head sees; size: h, w."""
        return self.norm(tokens)[:, 1:].transpose(1, 2).unflatten(2, size)

    def _positions(self, rows: int, columns: int) -> Tensor:
        if rows == columns == self._grid:
            return self.pos_embed
        learned = self.pos_embed[:, 1:].float().transpose(1, 2).reshape(1, -1, self._grid, self._grid)
        scale = tuple((side + GRID_OFFSET) / self._grid for side in (rows, columns))
        patches = functional.interpolate(learned, scale_factor=scale, mode="bicubic", antialias=False)
        patches = patches.flatten(2).transpose(1, 2).to(self.pos_embed.dtype)
        return torch.cat([self.pos_embed[:, :1], patches], dim=1)
