# SPDX-License-Identifier: Apache-2.0
"""What a model's files say before a network is loaded. Imports nothing heavy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from depth_engine.contract import DepthError

Refusal = Callable[[Path, str], DepthError]
"""The error for a file that is not what it should be, and the reason."""


def read_json(path: Path, refusal: Refusal) -> Mapping[str, Any]:
    """Raises the refusal where the file is not a JSON object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise refusal(path, f"it cannot be read ({error})") from None
    if not isinstance(found, dict):
        raise refusal(path, "it is not a JSON object")
    return cast("dict[str, Any]", found)


def tensor_shapes(path: Path, refusal: Refusal) -> dict[str, tuple[int, ...]]:
    """The tensors of a safetensors file, from its header. Raises the refusal where it has none."""
    from safetensors import SafetensorError, safe_open

    try:
        with cast(Any, safe_open(path, "numpy")) as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise refusal(path, f"it cannot be read as safetensors ({error})") from None
