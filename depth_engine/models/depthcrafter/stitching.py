# SPDX-License-Identifier: Apache-2.0
"""How neighbouring windows become one: their latents are blended, and what is left of drift is taken out."""

from __future__ import annotations

import torch
from torch import Tensor


def blend_weights(count: int) -> Tensor:
    """The later window's share in each frame of an overlap [n]: from 0 to 1, both reached."""
    return torch.linspace(0, 1, count)


def cross_fade(earlier: Tensor, later: Tensor) -> Tensor:
    """Blend [n,...]: the first frame is the earlier window's alone, the last one the later window's."""
    weight = blend_weights(len(later)).to(later).reshape(-1, *[1] * (later.ndim - 1))
    return later * weight + earlier * (1 - weight)
