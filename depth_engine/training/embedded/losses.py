# SPDX-License-Identifier: Apache-2.0
"""What is made small: errors up to one scale and shift for each sample, at edges, and over time.

The terms are those of MiDaS (Ranftl et al. 2020) and Video Depth Anything (Chen et al. 2025), with one scale and shift
for all frames of a sample. All take [B,T,H,W].
"""

from __future__ import annotations

import torch
from torch import Tensor

from depth_engine.training.embedded.recipe import LossSettings
from depth_engine.training.embedded.targets import TINY, Target, normed

SCALES = 4
FLOOR = 0.05
"""Of a sample's mean disparity: what is farther is hardly told apart by `ratio_loss`."""
STILL = 0.05
"""Of a sample's range: where the true disparity changes more between two frames, something moved in front."""


def shape_loss(predicted: Tensor, target: Tensor, weights: Tensor, trim: float) -> Tensor:
    """Mean weighted absolute difference of normalised disparity, without the share `trim` of largest ones in each
    sample.
    """
    errors = (weights * (predicted - target).abs()).flatten(1)
    kept = max(1, round(errors.shape[1] * (1 - trim)))
    if kept < errors.shape[1]:
        largest = errors.detach().kthvalue(kept, dim=1, keepdim=True).values
        errors = errors[errors <= largest]
    return errors.mean()


def edge_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Mean absolute slope of the difference, across and down, summed over the full size and each second, fourth and
    eighth pixel.
    """
    difference = predicted - target
    terms: list[Tensor] = []
    for power in range(SCALES):
        part = difference[..., :: 2**power, :: 2**power]
        terms += [part.diff(dim=axis).abs().mean() for axis in (-1, -2) if part.shape[axis] > 1]
    return torch.stack(terms).sum()


def temporal_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Temporal gradient matching: mean difference of how much each pixel changes from frame to frame, where the true
    change is less than STILL of the sample's range; 0 where there is no such pixel.
    """
    changed, truly = predicted.diff(dim=1).abs(), target.diff(dim=1).abs()
    flat = target.flatten(1)
    span = (flat.amax(dim=1) - flat.amin(dim=1))[:, None, None, None]
    still = truly < STILL * span
    return ((changed - truly).abs() * still).sum() / still.sum().clamp(min=1)


def anchor_loss(predicted: Tensor, disparity: Tensor) -> Tensor:
    """Mean absolute difference up to a scale alone: it asks for 0 where something is infinitely far, and so for values
    that are not negative, which the network's last step would cut off.
    """
    scale = predicted.abs().flatten(1).mean(dim=1).clamp(min=TINY)[:, None, None, None]
    true_scale = disparity.flatten(1).mean(dim=1).clamp(min=TINY)[:, None, None, None]
    return (predicted / scale - disparity / true_scale).abs().mean()


def ratio_loss(predicted: Tensor, disparity: Tensor) -> Tensor:
    """Mean |log(predicted / true disparity)|, FLOOR added to both, after the scale and shift of least squares by which
    depth is scored; without the sky.

    It is what AbsRel and delta1 measure, but lets a thin bar that is taken for the sky cost no more than its logarithm,
    and pulls it back from below 0, where the logarithm goes on as a line.
    """
    seen = disparity > 0
    fitted = _fitted(predicted, disparity, seen)
    logarithm = torch.log(fitted.clamp(min=0) + FLOOR) + fitted.clamp(max=0) / FLOOR
    return ((logarithm - torch.log(disparity + FLOOR)).abs() * seen).sum() / seen.sum().clamp(min=1)


def _fitted(predicted: Tensor, disparity: Tensor, seen: Tensor) -> Tensor:
    """One scale and shift for each sample, by least squares over the pixels that are seen."""
    count = seen.flatten(1).sum(dim=1).clamp(min=1)[:, None, None, None]

    def mean(values: Tensor) -> Tensor:
        return (values * seen).flatten(1).sum(dim=1)[:, None, None, None] / count

    x, y = predicted - mean(predicted), disparity - mean(disparity)
    scale = mean(x * y) / mean(x * x).clamp(min=TINY)
    return scale * x + mean(disparity)


def total_loss(predicted: Tensor, target: Target, settings: LossSettings) -> tuple[Tensor, dict[str, Tensor]]:
    """The sum, and each term before its weight, of float32 predictions."""
    shape = normed(predicted)
    total = shape_loss(shape, target.normed, target.weights, settings.trim)
    terms = {"shape": total}
    for name, weight, loss, values, truth in (
        ("edge", settings.gradient, edge_loss, shape, target.normed),
        ("temporal", settings.temporal, temporal_loss, shape, target.normed),
        ("anchor", settings.anchor, anchor_loss, predicted, target.disparity),
        ("ratio", settings.ratio, ratio_loss, predicted, target.disparity),
    ):
        if weight:
            terms[name] = loss(values, truth)
            total = total + weight * terms[name]
    return total, {name: term.detach() for name, term in terms.items()}
