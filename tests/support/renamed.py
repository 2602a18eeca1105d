# SPDX-License-Identifier: GPL-3.0-or-later
"""Published parameters under the names that transformers gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from torch import Tensor

Rule = tuple[str, str | Callable[[re.Match[str]], str]]
"""A pattern and what stands in its place, as `re.sub` takes them."""


def renamed(state: dict[str, Tensor], rules: Sequence[Rule], joined: str) -> dict[str, Tensor]:
    """The table with every rule applied to each name in turn; `attn.{joined}`, a projection to several parts by their
    letters, is cut into those.
    """
    mapped: dict[str, Tensor] = {}
    for name, tensor in state.items():
        for pattern, replacement in rules:
            name = re.sub(pattern, replacement, name)
        if f".attn.{joined}." in name:
            for part, values in zip(joined, tensor.chunk(len(joined)), strict=True):
                mapped[name.replace(f".attn.{joined}.", f".attention.{part}_proj.")] = values
        else:
            mapped[name] = tensor
    return mapped
