# SPDX-License-Identifier: Apache-2.0
"""What the network should say: disparity without a unit, in which the near ground does not take the whole range."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from depth_engine.training.embedded.recipe import Near

TINY = 1e-6
CAP = 3.0
"""Deviations beyond which "capped" goes on as a logarithm."""


@dataclass(frozen=True, slots=True)
class Target:
    """Of a batch of samples [B,T,H,W]. disparity: 0 is infinitely far. normed: with a median of 0 and a mean deviation
    of 1 over each sample. weights: of pixels, with a mean of 1 over each sample.
    """

    disparity: Tensor
    normed: Tensor
    weights: Tensor


def normed(values: Tensor) -> Tensor:
    """Each sample [T,H,W] less its median, over its mean absolute deviation from it (Ranftl et al. 2020, eq. 5)."""
    flat = values.flatten(1)
    moved = flat - flat.median(dim=1, keepdim=True).values
    return (moved / moved.abs().mean(dim=1, keepdim=True).clamp(min=TINY)).view_as(values)


def prepared(disparity: Tensor, near: Near) -> Target:
    """Targets of float32 disparity [B,T,H,W], of any scale, 0 for sky.

    near, on a street whose foreground has ten times the disparity of the cars behind it: "plain" leaves it so; "capped"
    bends the normalised target above three deviations to a logarithm, which an affine fit no longer undoes exactly;
    "weighted" keeps the target and weighs pixels by 1 / (1 + disparity / mean), about as relative errors of depth
    would, so that the far half of the picture counts.
    """
    mean = disparity.flatten(1).mean(dim=1).clamp(min=TINY)[:, None, None, None]
    relative = disparity / mean
    target, weights = normed(relative), torch.ones_like(relative)
    if near == "capped":
        target = torch.where(target > CAP, CAP + torch.log1p(target - CAP), target)
    if near == "weighted":
        weights = 1 / (1 + relative)
        weights = weights / weights.flatten(1).mean(dim=1)[:, None, None, None]
    return Target(relative, target, weights)
