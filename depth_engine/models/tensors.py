# SPDX-License-Identifier: Apache-2.0
"""Named tensors: a published .pth that holds nothing else, or the same as safetensors, also in int8. Nothing is run."""

from __future__ import annotations

import pickle
from collections.abc import Set
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open
from torch import Tensor

from depth_engine.models.int8 import unpacked


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The file's tensors by name, on the CPU. Raises ValueError where it is no plain table of tensors."""
    try:
        if path.suffix == ".safetensors":
            with cast(Any, safe_open(path, "pt")) as file:
                return unpacked({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118  it is no dict
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ValueError("it is a pickle of more than tensors, or none; nothing of it was run") from None
    except Exception as error:  # noqa: BLE001  what torch's reader stumbles over in a file of chance bytes has no class
        reason = next(iter(str(error).splitlines()), "it ends early")
        raise ValueError(f"it cannot be read ({reason})") from None
    if not isinstance(found, dict) or not all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in cast(dict[Any, Any], found).items()
    ):
        raise ValueError("it is not a table of named tensors")
    return cast(dict[str, Tensor], found)


def check_tensors(found: dict[str, Tensor], expected: dict[str, Tensor], unused: Set[str] = frozenset()) -> None:
    """Raise ValueError where the found tensors are not the expected ones of finite numbers, but for unused ones."""
    if missing := expected.keys() - found.keys():
        raise ValueError(f"{min(missing)} is missing")
    if extra := found.keys() - expected.keys() - unused:
        raise ValueError(f"{min(extra)} is not a part of the network")
    for name, wanted in expected.items():
        tensor = found[name]
        if tensor.shape != wanted.shape:
            raise ValueError(f"{name} has the shape {list(tensor.shape)}, not {list(wanted.shape)}")
        if not tensor.is_floating_point() or not torch.isfinite(tensor).all():
            raise ValueError(f"{name} has values that are no finite numbers")
