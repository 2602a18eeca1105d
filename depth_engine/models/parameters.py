# SPDX-License-Identifier: Apache-2.0
"""Reading a network's parameters from a safetensors file. No other kind of file is read: a pickle can run programs."""

from __future__ import annotations

from collections.abc import Callable, Set
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from depth_engine.contract import DepthError

FLOATS = ("F64", "F32", "F16", "BF16")


def load_parameters(
    network: nn.Module,
    path: Path,
    dtype: torch.dtype,
    refusal: Callable[[Path, str], DepthError],
    published_name: Callable[[str], str] = str,
    ignored: Set[str] = frozenset(),
) -> None:
    """Give a network, made on torch's "meta" device, its parameters on the CPU. Buffers that are in no file are left.

    refusal: the error for this file and a reason, raised for anything but this network's weights; names, shapes and
    types are compared before any tensor is read. published_name: what the file calls a parameter. ignored: names in
    the file that are no parameters.
    """
    shapes = {published_name(name): list(parameter.shape) for name, parameter in network.state_dict().items()}
    try:
        with cast(Any, safe_open(path, "pt")) as file:
            wrong = _difference(file, shapes, ignored)
            if wrong:
                raise refusal(path, wrong)
            read = {name: _read(file, published_name(name), dtype) for name in network.state_dict()}
    except (SafetensorError, OSError) as error:
        raise refusal(path, f"it cannot be read as safetensors ({error})") from None
    except ValueError as error:
        raise refusal(path, str(error)) from None
    network.load_state_dict(read, assign=True)


def _difference(file: Any, shapes: dict[str, list[int]], ignored: Set[str]) -> str:
    names: set[str] = set(file.keys()) - ignored
    if names != shapes.keys():
        one = min(names ^ shapes.keys())
        return f"{one} is missing" if one in shapes else f"{one} is not a part of the network"
    for name, shape in shapes.items():
        stored = file.get_slice(name)
        if stored.get_shape() != shape:
            return f"{name} has the shape {stored.get_shape()}, not {shape}"
        if stored.get_dtype() not in FLOATS:
            return f"{name} is of type {stored.get_dtype()}"
    return ""


def _read(file: Any, name: str, dtype: torch.dtype) -> Tensor:
    values: Tensor = file.get_tensor(name)
    if not torch.isfinite(values).all():
        raise ValueError(f"{name} has values that are not finite")
    return values.to(dtype)
