# SPDX-License-Identifier: Apache-2.0
"""Rounding that knows what a layer is given (GPTQ, Frantar et al. 2023, arXiv 2210.17323), for the encoder's layers.

DINOv2's tokens have a few channels that are far larger than all others: there the usual rounding costs most. Here each
column's rounding error is made up for by the columns that are not rounded yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from depth_engine.models import embedded
from depth_engine.models.base import ShotSpec
from depth_engine.models.int8 import SCALE
from depth_engine.models.pictures import resized
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork, normalized
from depth_engine.training.synthetic.clips import Clip

PICTURES = 64
"""That are looked at: the first of so many scenes, evenly spread, or of all where there are fewer."""

DAMPING = 0.01
"""Of the mean second moment, added to each channel's: a channel that was never seen keeps its nearest values."""

BLOCK = 128
"""Columns whose errors are passed on together."""


def refined(table: dict[str, Tensor], network: VideoDepthNetwork, clips: Sequence[Clip]) -> dict[str, Tensor]:
    """`int8.packed`'s table of a float32 network with the encoder's matrices rounded for what scenes give them."""
    better = dict(table)
    for name, moments in second_moments(network, clips).items():
        weight = network.get_parameter(name)
        if table[name].dtype == torch.int8:
            better[name] = rounded(weight, table[name + SCALE], moments)
    return better


@torch.inference_mode()
def second_moments(network: VideoDepthNetwork, clips: Sequence[Clip]) -> dict[str, Tensor]:
    """By the weight's name, the sum of x x^T [i,i] over what each of the encoder's linear layers is given."""
    moments: dict[str, Tensor] = {}

    def listen(name: str, layer: nn.Linear) -> Any:
        moments[name] = torch.zeros(layer.in_features, layer.in_features)

        def hear(_: nn.Module, given: tuple[Tensor]) -> None:
            tokens = given[0].flatten(0, -2)
            moments[name] += tokens.T @ tokens

        return layer.register_forward_pre_hook(hear)

    modules = cast("Iterable[tuple[str, nn.Module]]", network.pretrained.named_modules())
    hooks = [listen(f"pretrained.{name}.weight", each) for name, each in modules if isinstance(each, nn.Linear)]
    count = min(PICTURES, len(clips))
    for index in range(count):
        rgb = np.ascontiguousarray(clips[round(index * (len(clips) - 1) / max(1, count - 1))].picture(0))
        size = embedded.processed_size(ShotSpec(1, rgb.shape[1], rgb.shape[0]))
        network.pretrained(normalized(resized(rgb, size)[None]))
    for hook in hooks:
        hook.remove()
    return moments


def rounded(weight: Tensor, scale: Tensor, moments: Tensor) -> Tensor:
    """A matrix [o,i] as int8 steps of scale [o,1], so that its products change least on inputs of these second moments
    [i,i] (the paper's algorithm 1, largest inputs first).
    """
    order = moments.diagonal().argsort(descending=True)
    spread = moments[order][:, order].double()
    spread += torch.eye(len(order), dtype=torch.float64) * (DAMPING * spread.diagonal().mean()).clamp(min=1e-12)
    cholesky = cast(Any, torch.linalg).cholesky
    factor: Tensor = cholesky(torch.cholesky_inverse(cholesky(spread)), upper=True)
    left = (weight.detach().double() / scale)[:, order]
    steps = torch.empty_like(left)
    for first in range(0, len(order), BLOCK):
        part, own = left[:, first : first + BLOCK], factor[first : first + BLOCK, first : first + BLOCK]
        errors = torch.empty_like(part)
        for column in range(part.shape[1]):
            nearest = part[:, column].round().clamp(-127, 127)
            errors[:, column] = (part[:, column] - nearest) / own[column, column]
            part[:, column:] -= errors[:, column, None] * own[column, column:]
            steps[:, first + column] = nearest
        left[:, first + BLOCK :] -= errors @ factor[first : first + BLOCK, first + BLOCK :]
    return steps[:, order.argsort()].to(torch.int8)
