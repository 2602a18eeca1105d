# SPDX-License-Identifier: GPL-3.0-or-later
"""The live controls of a group node, under its group's name."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, cast

import bpy


def draw_inputs(layout: bpy.types.UILayout, node: bpy.types.Node, names: Container[str] | None = None) -> None:
    """The inputs that nothing is wired to, all or those of these names; a group that is only wired draws nothing."""
    free = [socket for socket in node.inputs if not socket.is_linked and (names is None or socket.name in names)]
    if not free:
        return
    column = layout.column()
    column.label(text=cast("Any", node).node_tree.name)
    for socket in free:
        column.prop(socket, "default_value", text=socket.name)
