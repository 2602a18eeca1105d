# SPDX-License-Identifier: GPL-3.0-or-later
"""A short way to write Geometry Nodes: a call makes a node, wires or sets its inputs, and gives its output."""

from __future__ import annotations

from typing import Any, cast

import bpy

Value = bpy.types.NodeSocket | float | int | bool | str | tuple[float, ...]


class Wiring:
    """Makes nodes in one group, each a column to the right of those that it was given."""

    def __init__(self, group: bpy.types.NodeTree) -> None:
        self._group = group
        self._rows: dict[int, int] = {}

    def node(self, kind: str, *inputs: Value, **settings: Any) -> bpy.types.Node:
        """A node with these settings; `inputs` go to its available inputs in order: wires, or values."""
        node = self._group.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        # Settings decide which inputs are available: a Switch has one pair for each data type.
        sockets = [socket for socket in node.inputs if socket.enabled]
        for socket, value in zip(sockets, inputs):
            self.set(socket, value)
        self._place(node)
        return node

    def set(self, socket: bpy.types.NodeSocket, value: Value) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self._group.links.new(value, socket)
        else:
            cast("Any", socket).default_value = value

    def new(self, kind: str, *inputs: Value, **settings: Any) -> bpy.types.NodeSocket:
        """Like `node`, but gives its first available output."""
        node = self.node(kind, *inputs, **settings)
        return next(socket for socket in node.outputs if socket.enabled)

    def math(self, operation: str, *inputs: Value) -> bpy.types.NodeSocket:
        return self.new("ShaderNodeMath", *inputs, operation=operation)

    def add(self, a: Value, b: Value) -> bpy.types.NodeSocket:
        return self.math("ADD", a, b)

    def subtract(self, a: Value, b: Value) -> bpy.types.NodeSocket:
        return self.math("SUBTRACT", a, b)

    def multiply(self, a: Value, b: Value) -> bpy.types.NodeSocket:
        return self.math("MULTIPLY", a, b)

    def divide(self, a: Value, b: Value) -> bpy.types.NodeSocket:
        """The quotient; 0 where b is 0."""
        return self.math("DIVIDE", a, b)

    def switch(self, kind: str, condition: Value, no: Value, yes: Value) -> bpy.types.NodeSocket:
        """`yes` where the condition holds, else `no`; of two geometries only the chosen one is computed."""
        return self.new("GeometryNodeSwitch", condition, no, yes, input_type=kind)

    def vector(self, x: Value, y: Value, z: Value) -> bpy.types.NodeSocket:
        return self.new("ShaderNodeCombineXYZ", x, y, z)

    def _place(self, node: bpy.types.Node) -> None:
        links = [cast("Any", link) for socket in node.inputs if socket.is_linked for link in socket.links or ()]
        column = 1 + max((round(link.from_node.location.x / 200) for link in links), default=0)
        row = self._rows.get(column, 0)
        self._rows[column] = row + 1
        node.location = (column * 200, -row * 180)
