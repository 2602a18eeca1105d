# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Group normalisation with SiLU over channels-last pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


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
        normal = native_norm if hidden.device.type == "cpu" else summed_norm
        out = normal(hidden, self.norm, joint=self.joint)
        return functional.silu(out, inplace=True) if self.silu else out


def native_norm(hidden: Tensor, norm: nn.GroupNorm, *, joint: bool) -> Tensor:
    """Torch's kernel: on CPUs it is quick and keeps the layout."""
    count, channels, height, width = hidden.shape
    if joint:  # all frames as one tall picture, without a copy
        hidden = hidden.permute(0, 2, 3, 1).reshape(1, count * height, width, channels).permute(0, 3, 1, 2)
    out = functional.group_norm(hidden, norm.num_groups, norm.weight, norm.bias, norm.eps)
    return out.permute(0, 2, 3, 1).reshape(count, height, width, channels).permute(0, 3, 1, 2)


def summed_norm(hidden: Tensor, norm: nn.GroupNorm, *, joint: bool) -> Tensor:
    """The same from two reductions and one multiply-add, for graphics cards.

    There torch's kernel gives one block of threads to each group, which idles the card where 32 groups span all frames,
    and it copies channels-last input to another layout. Sums are float32 at least.
    """
    count, channels = hidden.shape[:2]
    exact = torch.promote_types(hidden.dtype, torch.float32)
    rows = hidden.permute(0, 2, 3, 1).reshape(1 if joint else count, -1, norm.num_groups, channels // norm.num_groups)
    size = rows.shape[1] * rows.shape[3]
    mean = rows.sum((1, 3), dtype=exact) / size
    power: Tensor = torch.linalg.vector_norm(rows, 2, (1, 3), dtype=exact) ** 2 / size
    deviation = torch.rsqrt(functional.relu(power - mean**2) + norm.eps)
    weight = deviation[:, :, None] * norm.weight.to(exact).reshape(norm.num_groups, -1)
    shift = norm.bias.to(exact).reshape(norm.num_groups, -1) - mean[:, :, None] * weight
    shape = (len(weight), channels, 1, 1)
    return torch.addcmul(shift.reshape(shape).to(hidden.dtype), hidden, weight.reshape(shape).to(hidden.dtype))
