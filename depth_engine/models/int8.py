# SPDX-License-Identifier: Apache-2.0
"""Weights as 8-bit integers with one scale for each output channel, in tables of named tensors.

Only storage: they are floating point again when they are read. A tensor `name` of type int8 stands with `name.scale`.
"""

from __future__ import annotations

import torch
from torch import Tensor

SCALE = ".scale"
LEAST = 4096
"""Numbers that a tensor has at least to be worth it; smaller ones are kept as float16."""


def packed(parameters: dict[str, Tensor]) -> dict[str, Tensor]:
    """Matrices and kernels as int8, rounded to the nearest of 255 steps between plus and minus the channel's largest
    value; everything else as float16, or float32 where that would lose more than its rounding.
    """
    table: dict[str, Tensor] = {}
    for name, tensor in parameters.items():
        if tensor.ndim < 2 or tensor.numel() < LEAST or name.endswith((".pe", "_embed", "_token")):
            half = tensor.half()
            table[name] = half if torch.allclose(half.float(), tensor.float(), 1e-3, 1e-6) else tensor.float()
            continue
        largest = tensor.abs().amax(dim=tuple(range(1, tensor.ndim)), keepdim=True).clamp(min=1e-12)
        scale = (largest / 127).float()
        table[name] = (tensor / scale).round().clamp(-127, 127).to(torch.int8)
        table[name + SCALE] = scale
    return table


def unpacked(table: dict[str, Tensor]) -> dict[str, Tensor]:
    """The table with every int8 tensor as float32 and without scales.

    Raises ValueError where a scale is missing or does not fit its tensor.
    """
    scaled = {name for name, tensor in table.items() if tensor.dtype == torch.int8}
    parameters = {
        name: tensor
        for name, tensor in table.items()
        if name not in scaled and not (name.endswith(SCALE) and name.removesuffix(SCALE) in scaled)
    }
    for name in scaled:
        scale, values = table.get(name + SCALE), table[name]
        if scale is None:
            raise ValueError(f"{name}{SCALE} is missing")
        fits = scale.ndim == values.ndim and all(side in (1, full) for side, full in zip(scale.shape, values.shape))
        if not fits or not scale.is_floating_point():
            raise ValueError(f"{name}{SCALE} does not fit its tensor")
        parameters[name] = values.float() * scale.float()
    return parameters
