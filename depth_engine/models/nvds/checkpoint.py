# SPDX-License-Identifier: Apache-2.0
"""Reading the published checkpoint: tensors by the program's own names, each after "module."."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.nvds.network import NvdsNetwork
from depth_engine.models.nvds.published import Architecture
from depth_engine.models.tensors import check_tensors, read_tensors

WRAPPED = "module."
"""What torch's DataParallel puts before every name."""

PLACES = re.compile(r"\.attn\.(relative_position_index(_\d|_clips_\d)?|valid_ind_rolled)$")
"""Tables of places, which the published program stores and which are computed here."""


def load_network(path: Path) -> NvdsNetwork:
    """The network with the file's parameters, as float32 on the CPU; its sizes are the file's own.

    Nothing in the file is ever executed. Raises DepthError BAD_WEIGHTS for anything but this network's parameters.
    """
    try:
        found = _parameters(read_tensors(path))
        architecture = Architecture.of({name: tuple(tensor.shape) for name, tensor in found.items()})
        with torch.device("meta"):
            network = NvdsNetwork(architecture)
        expected = network.state_dict()
        check_tensors(found, expected)
    except ValueError as error:
        raise DepthError(
            ExitCode.BAD_WEIGHTS,
            f"{path} does not hold the weights of NVDS: {error}.",
            "Download the published file again.",
        ) from None
    network.load_state_dict({name: found[name].float() for name in expected}, strict=True, assign=True)
    return network


def _parameters(found: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(WRAPPED): tensor for name, tensor in found.items() if not PLACES.search(name)}
