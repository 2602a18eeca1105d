# SPDX-License-Identifier: GPL-3.0-or-later
"""A mark on what was made for a result, so that it is found again whatever it is called by then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import bpy

from .result import Result

_KEY = "estimate_depth"

Item = TypeVar("Item", bound=bpy.types.ID)


def mark(item: bpy.types.ID | bpy.types.Node, role: str, result: Result) -> None:
    item[_KEY] = f"{role} {result.identity}"


def find(items: Iterable[Item], role: str, result: Result) -> Item | None:
    """The local (not linked) datablock with this mark, if there is one."""
    return next((item for item in items if not item.library and has_role(item, role, result.identity)), None)


def has_role(item: bpy.types.ID | bpy.types.Node, role: str, identity: str) -> bool:
    """Whether this is marked so for the result of this identity."""
    return item.get(_KEY) == f"{role} {identity}"


def is_marked(item: bpy.types.ID) -> bool:
    """Whether this was made for some result."""
    return _KEY in item


def role_of(item: bpy.types.ID) -> str:
    """What it was made as: "relief", "points", "camera" …; empty for what was not made for a result."""
    return str(item.get(_KEY, "")).partition(" ")[0]


def find_marked(items: Iterable[Item], role: str, like: bpy.types.ID) -> Item | None:
    """The datablock of this role that was made for the same result as `like`."""
    wanted = f"{role} {str(like.get(_KEY, '')).partition(' ')[2]}"
    return next((item for item in items if item.get(_KEY) == wanted), None)
