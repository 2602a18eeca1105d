# SPDX-License-Identifier: Apache-2.0
"""Reading a checkpoint: a published .pth that may hold tensors only, or the same names as safetensors, also in int8."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.int8 import unpacked
from depth_engine.models.video_depth_anything.network import VideoDepthNetwork
from depth_engine.models.video_depth_anything.published import Architecture

UNUSED = {
    "pretrained.mask_token",
    *(
        f"head.scratch.refinenet4.resConfUnit1.{convolution}.{leaf}"
        for convolution in ("conv1", "conv2")
        for leaf in ("weight", "bias")
    ),
}
"""In the published files and in no computation: for masked pictures, and for a level beside the coarsest one."""


def load_network(architecture: Architecture, path: Path) -> VideoDepthNetwork:
    """The network with the file's parameters, as float32 on the CPU.

    Nothing in the file is ever executed. Raises DepthError BAD_WEIGHTS for anything but this network's parameters.
    """
    with torch.device("meta"):
        network = VideoDepthNetwork(architecture)
    expected = network.state_dict()
    try:
        found = _read(path)
        _check(found, expected)
    except ValueError as error:
        raise DepthError(
            ExitCode.BAD_WEIGHTS,
            f"{path} does not hold the weights of this model: {error}.",
            "Fetch the published file again, or give the folder of this model's own.",
        ) from None
    network.load_state_dict({name: found[name].float() for name in expected}, strict=True, assign=True)
    return network


def _read(path: Path) -> dict[str, Tensor]:
    """Raises ValueError where it is no plain table of tensors."""
    try:
        if path.suffix == ".safetensors":
            with cast(Any, safe_open(path, "pt")) as file:
                return unpacked({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118  it is no dict
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ValueError("it is a pickle of more than tensors, or none; nothing of it was run") from None
    except (SafetensorError, OSError, RuntimeError, EOFError, ValueError, KeyError, AttributeError) as error:
        reason = next(iter(str(error).splitlines()), "it ends early")
        raise ValueError(f"it cannot be read ({reason})") from None
    if not isinstance(found, dict) or not all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in cast(dict[Any, Any], found).items()
    ):
        raise ValueError("it is not a table of named tensors")
    return cast(dict[str, Tensor], found)


def _check(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    if missing := expected.keys() - found.keys():
        raise ValueError(f"{min(missing)} is missing")
    if extra := found.keys() - expected.keys() - UNUSED:
        raise ValueError(f"{min(extra)} is not a part of the network")
    for name, wanted in expected.items():
        tensor = found[name]
        if tensor.shape != wanted.shape:
            raise ValueError(f"{name} has the shape {list(tensor.shape)}, not {list(wanted.shape)}")
        if not tensor.is_floating_point() or not torch.isfinite(tensor).all():
            raise ValueError(f"{name} has values that are no finite numbers")
