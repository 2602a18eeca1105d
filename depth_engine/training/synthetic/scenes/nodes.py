# SPDX-License-Identifier: Apache-2.0
"""Shader nodes in few words. Blender's node types are reached by name, which its type stubs cannot follow."""

from __future__ import annotations

from typing import Any, cast

import bpy


class Nodes:
    """A node tree under construction."""

    def __init__(self, owner: bpy.types.Material | bpy.types.World) -> None:
        if bpy.app.version < (5, 0):
            owner.use_nodes = True
        self._tree = cast("bpy.types.ShaderNodeTree", owner.node_tree)

    def clear(self) -> None:
        self._tree.nodes.clear()

    def find(self, kind: str) -> Any:
        """The first node of a type, e.g. BSDF_PRINCIPLED."""
        return next(node for node in cast("Any", self._tree.nodes) if node.type == kind)

    def add(self, kind: str, **settings: Any) -> Any:
        """A node by the end of its type's name (TexNoise); settings are inputs' names or the node's own."""
        node: Any = self._tree.nodes.new(f"ShaderNode{kind}")
        for name, value in settings.items():
            self.set(node, name, value)
        return node

    def set(self, node: Any, name: str, value: Any) -> None:
        """Set an input (a linked socket, a colour, a number) or, where there is none by this name, a property."""
        if hasattr(node, name):
            setattr(node, name, value)
            return
        socket = node.inputs[name.replace("_", " ")]
        if hasattr(value, "is_output"):
            self.link(value, socket)
        elif isinstance(value, tuple) and len(cast("tuple[float, ...]", value)) == 3 and socket.type == "RGBA":
            socket.default_value = (*cast("tuple[float, ...]", value), 1.0)
        else:
            socket.default_value = value

    def link(self, output: Any, socket: Any) -> None:
        self._tree.links.new(output, socket)

    def ramp(self, factor: Any, *stops: tuple[float, tuple[float, float, float]]) -> Any:
        """A colour ramp's output: (position, colour) pairs, at least two."""
        node = self.add("ValToRGB")
        self.link(factor, node.inputs[0])
        elements = node.color_ramp.elements
        for index, (position, color) in enumerate(stops):
            element = elements[index] if index < 2 else elements.new(position)
            element.position = position
            element.color = (*color, 1.0)
        return node.outputs[0]

    def math(self, operation: str, *values: Any) -> Any:
        """The result of a mathematical operation on sockets and numbers."""
        node = self.add("Math", operation=operation)
        for socket, value in zip(node.inputs, values):
            if hasattr(value, "is_output"):
                self.link(value, socket)
            else:
                socket.default_value = value
        return node.outputs[0]

    def mix(self, factor: Any, first: Any, second: Any, blend: str = "MIX") -> Any:
        """Two colours (sockets or tuples) mixed."""
        node = self.add("MixRGB", blend_type=blend)
        for socket, value in zip(node.inputs, (factor, first, second)):
            if hasattr(value, "is_output"):
                self.link(value, socket)
            else:
                socket.default_value = (*value, 1.0) if isinstance(value, tuple) else value
        return node.outputs[0]
