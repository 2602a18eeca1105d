# SPDX-License-Identifier: Apache-2.0
"""Reading the weight file: large tensors are int8 with one scale for each channel, the others float16."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from depth_engine.contract import DepthError, ExitCode

SCALE = ".scale"
FLOATS = ("F16", "BF16", "F32")


def load_parameters(network: nn.Module, path: Path) -> None:
    """Give a network, made on torch's "meta" device, its parameters from the file, as float32 on the CPU.

    Raises DepthError BAD_WEIGHTS for anything but this network's weights; names, shapes and types are compared before
    any tensor is read.
    """
    shapes = {name: list(parameter.shape) for name, parameter in network.state_dict().items()}
    try:
        with cast(Any, safe_open(path, "pt")) as file:
            _check_header(file, shapes)
            parameters = {name: _read(file, name) for name in shapes}
    except (SafetensorError, OSError) as error:
        raise _refusal(path, f"it cannot be read as safetensors ({error})") from None
    except ValueError as error:
        raise _refusal(path, str(error)) from None
    network.load_state_dict(parameters, strict=True, assign=True)


def _check_header(file: Any, shapes: dict[str, list[int]]) -> None:
    names: set[str] = set(file.keys())
    scaled = {name for name in names if file.get_slice(name).get_dtype() == "I8"}
    expected = shapes.keys() | {name + SCALE for name in scaled}
    if names != expected:
        one = min(names ^ expected)
        raise ValueError(f"{one} is missing" if one in expected else f"{one} is not a part of the network")
    for name, shape in shapes.items():
        stored = file.get_slice(name)
        if stored.get_shape() != shape:
            raise ValueError(f"{name} has the shape {stored.get_shape()}, not {shape}")
        if name not in scaled and stored.get_dtype() not in FLOATS:
            raise ValueError(f"{name} is of type {stored.get_dtype()}")
    for name in scaled:
        scale = file.get_slice(name + SCALE)
        fits = len(scale.get_shape()) == len(shapes[name]) and all(
            side in (1, full) for side, full in zip(scale.get_shape(), shapes[name])
        )
        if not fits or scale.get_dtype() not in FLOATS:
            raise ValueError(f"{name}{SCALE} does not fit its tensor")


def _read(file: Any, name: str) -> Tensor:
    tensor: Tensor = file.get_tensor(name)
    values = tensor.float() if tensor.is_floating_point() else tensor.float() * file.get_tensor(name + SCALE).float()
    if not torch.isfinite(values).all():
        raise ValueError(f"{name} has values that are not finite")
    return values


def _refusal(path: Path, reason: str) -> DepthError:
    return DepthError(
        ExitCode.BAD_WEIGHTS,
        f"{path} does not hold the weights of the model embedded: {reason}.",
        "Leave --weights out to use the weights that come with the engine.",
    )
