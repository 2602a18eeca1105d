# SPDX-License-Identifier: GPL-3.0-or-later
"""How code finds, reads and sets the inputs of an object's depth group by their names."""

from __future__ import annotations

from typing import Any, cast

import bpy


def has_input(modifier: bpy.types.NodesModifier, name: str) -> bool:
    """Whether the modifier's group has this input; groups of earlier versions lack the newer ones."""
    return _find(modifier, name) is not None


def modifier_input(modifier: bpy.types.NodesModifier, name: str) -> str:
    """The identifier of an input of the modifier's group: what modifier[...] and data paths go by."""
    found = _find(modifier, name)
    if found is None:
        raise KeyError(name)
    return found.identifier


def get_input(modifier: bpy.types.NodesModifier, name: str) -> Any:
    return modifier[modifier_input(modifier, name)]


def set_input(modifier: bpy.types.NodesModifier, name: str, value: Any) -> None:
    modifier[modifier_input(modifier, name)] = value


def input_path(modifier: bpy.types.NodesModifier, name: str) -> str:
    """The data path of an input from its object, for keys and drivers."""
    return f'modifiers["{bpy.utils.escape_identifier(modifier.name)}"]["{modifier_input(modifier, name)}"]'


def _find(modifier: bpy.types.NodesModifier, name: str) -> bpy.types.NodeTreeInterfaceSocket | None:
    group = cast(bpy.types.NodeTree, modifier.node_group)
    interface = cast(bpy.types.NodeTreeInterface, group.interface)
    sockets = (item for item in interface.items_tree if isinstance(item, bpy.types.NodeTreeInterfaceSocket))
    return next((socket for socket in sockets if socket.in_out == "INPUT" and socket.name == name), None)
