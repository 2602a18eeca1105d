# SPDX-License-Identifier: GPL-3.0-or-later
"""A mark on what was made for a result, so that it is found again whatever it is called by then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import bpy

from .result import Result

_KEY = "estimate_depth"

Item = TypeVar("Item", bound=bpy.types.ID)


def mark(item: bpy.types.ID, role: str, result: Result) -> None:
    item[_KEY] = f"{role} {result.identity}"


def find(items: Iterable[Item], role: str, result: Result) -> Item | None:
    """The local (not linked) datablock with this mark, if there is one."""
    wanted = f"{role} {result.identity}"
    return next((item for item in items if not item.library and item.get(_KEY) == wanted), None)


def is_marked(item: bpy.types.ID) -> bool:
    """Whether this was made for some result."""
    return _KEY in item
