# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportMissingParameterType=false, reportMissingImports=false
# pyright: reportUntypedFunctionDecorator=false, reportOptionalMemberAccess=false, reportIndexIssue=false
# (Triton's kernels are typed when they are compiled; it exists on Linux with CUDA only.)
"""Group normalisation with SiLU over channels-last pictures.

torch's kernel gives one block of threads to each group, which leaves a graphics card idle where a few groups span all
frames, and it copies channels-last input to another layout. Two small kernels, sums over tiles of rows and one
multiply-add, read memory at the card's speed instead.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

try:
    import triton
    from triton import language as tl
except ImportError:  # no Triton for this system: torch's own kernel, slower and equal
    triton = None

ROWS_PER_PROGRAM = 256
TILE = 8192


class GroupNorm(nn.Module):
    """A GroupNorm's parameters at work on [n,C,H,W] in channels-last memory.

    joint: statistics over all n frames together instead of each on its own. silu: followed by x sigmoid(x).
    """

    def __init__(self, norm: nn.GroupNorm, *, joint: bool = False, silu: bool = True) -> None:
        super().__init__()
        self.norm = norm
        self.joint = joint
        self.silu = silu

    def forward(self, hidden: Tensor) -> Tensor:
        if triton and hidden.is_cuda:
            return _fused(hidden, self.norm, self.joint, self.silu)
        count, channels, height, width = hidden.shape
        norm = self.norm
        if self.joint:  # all frames as one tall picture, without a copy
            tall = hidden.permute(0, 2, 3, 1).reshape(1, count * height, width, channels).permute(0, 3, 1, 2)
            out = functional.group_norm(tall, norm.num_groups, norm.weight, norm.bias, norm.eps)
            out = out.permute(0, 2, 3, 1).reshape(count, height, width, channels).permute(0, 3, 1, 2)
        else:
            out = functional.group_norm(hidden, norm.num_groups, norm.weight, norm.bias, norm.eps)
        return functional.silu(out) if self.silu else out


def _fused(hidden: Tensor, norm: nn.GroupNorm, joint: bool, silu: bool) -> Tensor:
    hidden = hidden.contiguous(memory_format=torch.channels_last)
    count, channels, height, width = hidden.shape
    segments = 1 if joint else count
    rows = count * height * width // segments
    tiles = triton.cdiv(rows, ROWS_PER_PROGRAM)
    block = triton.next_power_of_2(channels)
    step = max(1, TILE // block)
    sums = torch.empty(2, segments, tiles, channels, dtype=torch.float32, device=hidden.device)
    _sums[(tiles, segments)](hidden, sums[0], sums[1], rows, channels, tiles, ROWS_PER_PROGRAM, step, block)
    each = rows * channels // norm.num_groups
    total = sums.sum(2).reshape(2, segments, norm.num_groups, -1).sum(3) / each
    scale = torch.rsqrt((total[1] - total[0] ** 2).clamp(min=0) + norm.eps)
    spread = channels // norm.num_groups
    weight: Any = scale.repeat_interleave(spread, 1) * norm.weight.float()
    shift = norm.bias.float() - total[0].repeat_interleave(spread, 1) * weight
    out = torch.empty_like(hidden)
    _apply[(tiles, segments)](hidden, out, weight, shift, rows, channels, ROWS_PER_PROGRAM, step, block, silu)
    return out


if triton:

    @triton.jit
    def _sums(x, sums, squares, rows, channels, tiles, ROWS: tl.constexpr, STEP: tl.constexpr, BLOCK: tl.constexpr):  # noqa: ANN001, ANN202, N803
        tile, segment = tl.program_id(0), tl.program_id(1)
        columns = tl.arange(0, BLOCK)
        total = tl.zeros((BLOCK,), tl.float32)
        square = tl.zeros((BLOCK,), tl.float32)
        for first in range(0, ROWS, STEP):
            row = tile * ROWS + first + tl.arange(0, STEP)
            mask = (row < rows)[:, None] & (columns < channels)[None, :]
            at = (segment.to(tl.int64) * rows + row)[:, None] * channels + columns[None, :]
            value = tl.load(x + at, mask=mask, other=0.0).to(tl.float32)
            total += tl.sum(value, 0)
            square += tl.sum(value * value, 0)
        at = (segment * tiles + tile).to(tl.int64) * channels + columns
        tl.store(sums + at, total, mask=columns < channels)
        tl.store(squares + at, square, mask=columns < channels)

    @triton.jit
    def _apply(  # noqa: ANN202
        x,  # noqa: ANN001
        out,  # noqa: ANN001
        weight,  # noqa: ANN001
        shift,  # noqa: ANN001
        rows,  # noqa: ANN001
        channels,  # noqa: ANN001
        ROWS: tl.constexpr,  # noqa: N803
        STEP: tl.constexpr,  # noqa: N803
        BLOCK: tl.constexpr,  # noqa: N803
        SILU: tl.constexpr,  # noqa: N803
    ):
        tile, segment = tl.program_id(0), tl.program_id(1)
        columns = tl.arange(0, BLOCK)
        inside = columns < channels
        a = tl.load(weight + segment * channels + columns, mask=inside, other=0.0)[None, :]
        b = tl.load(shift + segment * channels + columns, mask=inside, other=0.0)[None, :]
        for first in range(0, ROWS, STEP):
            row = tile * ROWS + first + tl.arange(0, STEP)
            mask = (row < rows)[:, None] & inside[None, :]
            at = (segment.to(tl.int64) * rows + row)[:, None] * channels + columns[None, :]
            value = tl.load(x + at, mask=mask, other=0.0).to(tl.float32) * a + b
            if SILU:
                value = value * tl.sigmoid(value)
            tl.store(out + at, value.to(out.dtype.element_ty), mask=mask)
