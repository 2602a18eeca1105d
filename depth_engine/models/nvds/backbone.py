# SPDX-License-Identifier: Apache-2.0
"""The encoder: SegFormer's Mix Transformer (Xie et al. 2021, arXiv 2105.15203) over colours and depth.

Parameter names are those of the published files. Each frame is encoded by itself.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from depth_engine.models.nvds.published import HEAD_WIDTH, REDUCTIONS, Architecture

CHANNELS = 4
"""Red, green, blue and depth."""

EPSILON = 1e-6
"""Of the norms of blocks and stages; the others have torch's own."""


def as_map(tokens: Tensor, rows: int) -> Tensor:
    """Tokens [n,h*w,c] -> [n,c,h,w]."""
    return tokens.transpose(1, 2).reshape(len(tokens), tokens.shape[2], rows, -1)


class Attention(nn.Module):
    """Each place attends to a coarser grid: `reduction` times fewer along each side."""

    def __init__(self, width: int, reduction: int) -> None:
        super().__init__()
        self._heads, self._reduction = max(1, width // HEAD_WIDTH), reduction
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)
        if reduction > 1:
            self.sr = nn.Conv2d(width, width, reduction, stride=reduction)
            self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, rows: int) -> Tensor:
        query = self.q(tokens).unflatten(2, (self._heads, -1)).transpose(1, 2)
        seen = tokens
        if self._reduction > 1:
            seen = self.norm(self.sr(as_map(tokens, rows)).flatten(2).transpose(1, 2))
        key, value = self.kv(seen).unflatten(2, (2, self._heads, -1)).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(query, key, value)
        return self.proj(attended.transpose(1, 2).flatten(2))


class DepthwiseConvolution(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 3, padding=1, groups=width)

    def forward(self, tokens: Tensor, rows: int) -> Tensor:
        return self.dwconv(as_map(tokens, rows)).flatten(2).transpose(1, 2)


class Mlp(nn.Module):
    """A convolution between its layers tells places apart; there are no learned positions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.dwconv = DepthwiseConvolution(4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor, rows: int) -> Tensor:
        return self.fc2(functional.gelu(self.dwconv(self.fc1(tokens), rows)))


class Block(nn.Module):
    def __init__(self, width: int, reduction: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=EPSILON)
        self.attn = Attention(width, reduction)
        self.norm2 = nn.LayerNorm(width, eps=EPSILON)
        self.mlp = Mlp(width)

    def forward(self, tokens: Tensor, rows: int) -> Tensor:
        tokens = tokens + self.attn(self.norm1(tokens), rows)
        return tokens + self.mlp(self.norm2(tokens), rows)


class PatchEmbed(nn.Module):
    """Overlapping patches, `stride` pixels apart."""

    def __init__(self, before: int, width: int, side: int, stride: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(before, width, side, stride=stride, padding=side // 2)
        self.norm = nn.LayerNorm(width)

    def forward(self, features: Tensor) -> tuple[Tensor, int]:
        """Tokens, and in how many rows they lie."""
        patches = self.proj(features)
        return self.norm(patches.flatten(2).transpose(1, 2)), patches.shape[2]


class Encoder(nn.Module):
    """Frames [n,4,H,W], sides multiples of 32 -> maps of 1/4, 1/8, 1/16 and 1/32 of their size."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        befores = (CHANNELS, *architecture.widths)
        stages = zip(befores, architecture.widths, architecture.depths, REDUCTIONS)
        for number, (before, width, depth, reduction) in enumerate(stages, start=1):
            side, stride = (7, 4) if number == 1 else (3, 2)
            self.add_module(f"patch_embed{number}", PatchEmbed(before, width, side, stride))
            self.add_module(f"block{number}", nn.ModuleList(Block(width, reduction) for _ in range(depth)))
            self.add_module(f"norm{number}", nn.LayerNorm(width, eps=EPSILON))

    def forward(self, frames: Tensor) -> list[Tensor]:
        maps: list[Tensor] = []
        features = frames
        for number in range(1, 5):
            tokens, rows = self.get_submodule(f"patch_embed{number}")(features)
            for block in self.get_submodule(f"block{number}").children():
                tokens = block(tokens, rows)
            features = as_map(self.get_submodule(f"norm{number}")(tokens), rows)
            maps.append(features)
        return maps
