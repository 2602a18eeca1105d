# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny network of the published topology with random weights, and made-up footage."""

from __future__ import annotations

import torch
from torch import Tensor

from depth_engine.models.nvds.network import NvdsNetwork
from depth_engine.models.nvds.published import Architecture

TINY = Architecture(widths=(8, 16, 16, 32), depths=(1, 1, 2, 1), features=16, blocks=2, edges=(8, 16))


def parameters(network: torch.nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """Random values that keep numbers in range."""
    generator = torch.Generator().manual_seed(seed)
    return {name: _random(name, tensor, generator) for name, tensor in network.state_dict().items()}


def _random(name: str, tensor: Tensor, generator: torch.Generator) -> Tensor:
    values = torch.randn(tensor.shape, generator=generator)
    if "_bias_table" in name:
        return values
    if tensor.ndim == 1:
        return 0.1 * values + (1.0 if "norm" in name and name.endswith("weight") else 0.1)
    return values * (2 / tensor[0].numel()) ** 0.5


def tiny_network(seed: int = 0) -> NvdsNetwork:
    network = NvdsNetwork(TINY)
    network.load_state_dict(parameters(network, seed))
    return network.eval()


def published_form(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The parameters with the names, and the tables of places, that the published file has."""
    found = {f"module.{name}": tensor for name, tensor in state.items()}
    blocks = {name.partition(".qkv.")[0] for name in found if name.endswith("attn.qkv.weight")}
    for block in blocks:
        found[f"{block}.relative_position_index"] = torch.zeros(49, 49, dtype=torch.int64)
        found[f"{block}.valid_ind_rolled"] = torch.zeros(132, dtype=torch.int64)
        found[f"{block}.relative_position_index_0"] = torch.zeros(49, 25, dtype=torch.int64)
        for index, side in enumerate((7, 5, 3)):
            places = torch.zeros(49, side**2, dtype=torch.int64)
            found[f"{block}.relative_position_index_clips_{index}"] = places
    return found
