# SPDX-License-Identifier: GPL-3.0-or-later
"""How code finds, reads and sets the inputs of an object's depth group by their names."""

from __future__ import annotations

from typing import Any, cast

import bpy

from ... import compat


def has_input(modifier: bpy.types.NodesModifier, name: str) -> bool:
    """Whether the modifier's group has this input; groups of earlier versions lack the newer ones."""
    return _find(modifier, name) is not None


def get_input(modifier: bpy.types.NodesModifier, name: str) -> Any:
    """The value of an input; of a menu the number of the chosen item. Raises KeyError where there is none."""
    return compat.get_group_input(modifier, _identifier(modifier, name))


def set_input(modifier: bpy.types.NodesModifier, name: str, value: Any) -> None:
    """As `get_input`, the other way."""
    compat.set_group_input(modifier, _identifier(modifier, name), value)


def input_path(modifier: bpy.types.NodesModifier, name: str) -> str:
    """The data path of an input from its object, for keys and drivers."""
    return compat.group_input(modifier, _identifier(modifier, name))[2]


def input_property(modifier: bpy.types.NodesModifier, name: str) -> tuple[Any, str]:
    """What holds an input, and its name there, as layouts take them."""
    return compat.group_input(modifier, _identifier(modifier, name))[:2]


def _identifier(modifier: bpy.types.NodesModifier, name: str) -> str:
    found = _find(modifier, name)
    if found is None:
        raise KeyError(name)
    return found.identifier


def _find(modifier: bpy.types.NodesModifier, name: str) -> bpy.types.NodeTreeInterfaceSocket | None:
    group = cast(bpy.types.NodeTree, modifier.node_group)
    interface = cast(bpy.types.NodeTreeInterface, group.interface)
    sockets = (item for item in interface.items_tree if isinstance(item, bpy.types.NodeTreeInterfaceSocket))
    return next((socket for socket in sockets if socket.in_out == "INPUT" and socket.name == name), None)
