# SPDX-License-Identifier: Apache-2.0
"""Cross-attention of a frame to itself and to three reference frames, in windows, coarser farther away.

The coarse-to-fine focal attention of CFFM (Sun et al. 2022, arXiv 2204.03330), as NVDS uses it (Wang et al. 2023,
section 3.2). Parameter names are those of the published files. In every window of 7x7 places the frame attends to

    its own 49 places, and to those within 3 places around (across the picture's edge they are its other side's);
    5x5 windows around, each as one weighted mean of its places;
    7x7 places of reference frame 0, 5x5 of frame 1 at 4/7 of the size, 3x3 of frame 2 at 2/7.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from depth_engine.models.nvds.published import HEADS

SIDE, AROUND, POOLED = 7, 3, 5
AREA = SIDE**2

CLIPS = ((7, 7), (4, 5), (2, 3))
"""Of each reference frame: how many of its places stand for one window, and how many a window sees, along each side."""

OUTSIDE = -100.0
"""Added to the attention to places beyond the edge."""


@functools.cache
def relative_places(side: int) -> Tensor:
    """Which value of a table of (7+side-1)^2 belongs to each of a window's 49 places and each of side^2 others."""
    with torch.device("cpu"):
        places = [torch.cartesian_prod(torch.arange(each), torch.arange(each)) for each in (SIDE, side)]
        apart = places[0][:, None] - places[1][None] + side - 1
        return apart[..., 0] * (SIDE + side - 1) + apart[..., 1]


@functools.cache
def places_around() -> Tensor:
    """Of the 4 x 49 places of the four shifted windows, those that are not in the window itself."""
    with torch.device("cpu"):
        masks = torch.ones(4, SIDE, SIDE, dtype=torch.bool)
        kept, cut = slice(None, -AROUND), slice(AROUND, None)
        for mask, rows, columns in zip(masks, (kept, kept, cut, cut), (kept, cut, kept, cut)):
            mask[rows, columns] = False
        return masks.flatten().nonzero().flatten()


def windows(features: Tensor, side: int) -> Tensor:
    """Features [h,w,c] -> [h/side * w/side, side^2, c]."""
    rows, columns, channels = features.shape
    parts = features.view(rows // side, side, columns // side, side, channels)
    return parts.transpose(1, 2).reshape(-1, side * side, channels)


def unfolded(features: Tensor, side: int, stride: int) -> Tensor:
    """The side^2 places around every stride-th one of features [h,w,c], 0 beyond the edge -> [n,side^2,c]."""
    columns = functional.unfold(features.permute(2, 0, 1)[None], side, padding=side // 2, stride=stride)
    return columns[0].view(-1, side * side, columns.shape[2]).permute(2, 1, 0)


class FocalAttention(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(features, 3 * features)
        self.proj = nn.Linear(features, features)
        around = len(places_around())
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * SIDE - 1) ** 2, HEADS))
        self.relative_position_bias_table_to_neighbors = nn.Parameter(torch.zeros(1, HEADS, AREA, around))
        self.relative_position_bias_table_to_windows_0 = nn.Parameter(torch.zeros(HEADS, (SIDE + POOLED - 1) ** 2))
        for index, (_, side) in enumerate(CLIPS):
            table = nn.Parameter(torch.zeros(HEADS, (SIDE + side - 1) ** 2))
            self.register_parameter(f"relative_position_bias_table_to_windows_clips_{index}", table)

    def forward(self, own: Tensor, pooled: Tensor, clips: Sequence[Tensor]) -> Tensor:
        """What each window takes up [n,49,c].

        own: the frame [h,w,c], sides multiples of 7. pooled: its windows' means [h/7,w/7,c]. clips: the reference
        frames, coarser, [7h/7,7w/7,c], [4h/7,4w/7,c], [2h/7,2w/7,c].
        """
        query, key, value = self.qkv(own).chunk(3, dim=2)
        seen = [self._near(key, value), self._far(pooled, POOLED, 1)]
        seen += [self._far(clip, side, stride) for clip, (stride, side) in zip(clips, CLIPS)]
        keys, values = (torch.cat([each[part] for each in seen], dim=1) for part in (0, 1))
        beyond = torch.cat([each[2].expand(len(keys), -1) for each in seen], dim=1)
        bias = self._bias()[None] + beyond[:, None, None]
        heads = [each.view(*each.shape[:2], HEADS, -1).transpose(1, 2) for each in (windows(query, SIDE), keys, values)]
        taken = functional.scaled_dot_product_attention(*heads, attn_mask=bias)
        return self.proj(taken.transpose(1, 2).flatten(2))

    def _near(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Keys and values of each window's own places and of those around it."""
        near: list[Tensor] = []
        for each in (key, value):
            shifts = [(-AROUND, -AROUND), (-AROUND, AROUND), (AROUND, -AROUND), (AROUND, AROUND)]
            shifted = torch.cat([windows(each.roll(shift, (0, 1)), SIDE) for shift in shifts], dim=1)
            near.append(torch.cat([windows(each, SIDE), shifted[:, places_around().to(each.device)]], dim=1))
        return near[0], near[1], key.new_zeros(1, near[0].shape[1])

    def _far(self, features: Tensor, side: int, stride: int) -> tuple[Tensor, Tensor, Tensor]:
        """Keys and values of side^2 coarse places around each window, and what is added beyond the edge."""
        _, key, value = self.qkv(features).chunk(3, dim=2)
        inside = unfolded(features.new_ones(*features.shape[:2], 1), side, stride)[..., 0]
        return unfolded(key, side, stride), unfolded(value, side, stride), (1 - inside) * OUTSIDE

    def _bias(self) -> Tensor:
        """What each head adds for the places, [heads,49,seen]."""
        device = self.proj.weight.device
        own = self.relative_position_bias_table[relative_places(SIDE).to(device)].permute(2, 0, 1)
        tables = [(self.relative_position_bias_table_to_windows_0, POOLED)]
        for index, (_, side) in enumerate(CLIPS):
            tables.append((self.get_parameter(f"relative_position_bias_table_to_windows_clips_{index}"), side))
        far = [table[:, relative_places(side).to(device)] for table, side in tables]
        return torch.cat([own, self.relative_position_bias_table_to_neighbors[0], *far], dim=2)


class Mlp(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(features, 4 * features)
        self.fc2 = nn.Linear(4 * features, features)

    def forward(self, features: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(features)))


class FocalBlock(nn.Module):
    """Four frames [4,h,w,c] -> the last one [h,w,c], informed of the others, which stay what they are."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.pool_layers = nn.ModuleList([nn.Linear(AREA, 1)])
        self.pool_layers_clips = nn.ModuleList(nn.Linear((SIDE // stride) ** 2, 1) for stride, _ in CLIPS)
        self.norm1 = nn.LayerNorm(features)
        self.attn = FocalAttention(features)
        self.norm2 = nn.LayerNorm(features)
        self.mlp = Mlp(features)

    def forward(self, frames: Tensor) -> Tensor:
        _, rows, columns, channels = frames.shape
        normed = functional.pad(self.norm1(frames), (0, 0, 0, -columns % SIDE, 0, -rows % SIDE))
        down, across = normed.shape[1] // SIDE, normed.shape[2] // SIDE
        clips: list[Tensor] = []
        for index, (stride, _) in enumerate(CLIPS):
            size = down * stride, across * stride
            clips.append(self._pooled(self.pool_layers_clips[index], normed[index], size, SIDE // stride))
        pooled = self._pooled(self.pool_layers[0], normed[3], (down, across), SIDE)
        taken = self.attn(normed[3], pooled, clips).view(down, across, SIDE, SIDE, channels)
        taken = taken.transpose(1, 2).reshape(down * SIDE, across * SIDE, channels)[:rows, :columns]
        last = frames[3] + taken
        return last + self.mlp(self.norm2(last))

    @staticmethod
    def _pooled(layer: nn.Module, features: Tensor, size: tuple[int, int], side: int) -> Tensor:
        """Features [h,w,c] at a size [h',w',c]: resized to `side` times it, then a weighted mean of side^2 places."""
        larger = size[0] * side, size[1] * side
        if features.shape[:2] != larger:
            features = functional.interpolate(features.permute(2, 0, 1)[None], larger, mode="bilinear")
            features = features[0].permute(1, 2, 0)
        return layer(windows(features, side).transpose(1, 2)).view(*size, -1)
