# SPDX-License-Identifier: GPL-3.0-or-later
"""A depth group in the making: its interface, its inputs as wires, and the pieces that all its parts use."""

from __future__ import annotations

from typing import Any, cast

import bpy

from ... import compat
from .inputs import PROJECTION, Input, Kind, sections
from .wiring import Value, Wiring

Socket = bpy.types.NodeSocket

SMALLEST = 1e-6


class Draft:
    """`wire` makes its nodes. Positions are in camera space: +X right, +Y up, the camera looks along -Z."""

    def __init__(self, group: bpy.types.GeometryNodeTree, kind: Kind) -> None:
        """Give the group its interface."""
        self.kind: Kind = kind
        self.wire = Wiring(group)
        self._interface = cast(bpy.types.NodeTreeInterface, group.interface)
        self._add_interface()
        self._inputs = self.wire.node("NodeGroupInput").outputs
        self.flat = self.choice(PROJECTION, "BOOLEAN", False, True)

    def _add_interface(self) -> None:
        self._interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
        for section in sections(self.kind):
            panel = self._interface.new_panel(section.title, default_closed=True) if section.title else None
            for spec in section.inputs:
                self._add_socket(spec, panel)

    def _add_socket(self, spec: Input, panel: bpy.types.NodeTreeInterfacePanel | None) -> None:
        socket = self._interface.new_socket(
            spec.name, description=spec.tip, in_out="INPUT", socket_type=spec.socket, parent=panel
        )
        compat.set_single_value(socket)
        for name, value in spec.options.items():
            setattr(socket, name, value)

    def input(self, spec: Input | str) -> Socket:
        return self._inputs[spec if isinstance(spec, str) else spec.name]

    def choice(self, menu: Input, kind: str, *values: Value) -> Socket:
        """The value, of this data type, that belongs to the menu's item; of several only the chosen one is computed."""
        node = self.wire.node("GeometryNodeMenuSwitch", data_type=kind)
        items = cast("Any", node).enum_items
        for item, name in zip(items, menu.items):  # cleared items would leave their numbers unused
            item.name = name
        for name in menu.items[len(items) :]:
            items.new(name)
        self.wire.set(node.inputs[0], self.input(menu))
        for name, value in zip(menu.items, values, strict=True):
            self.wire.set(node.inputs[name], value)
        for item in self._interface.items_tree:
            if isinstance(item, bpy.types.NodeTreeInterfaceSocketMenu) and item.name == menu.name:
                item.default_value = menu.items[0]  # only a wired menu knows its items
        return node.outputs[0]

    def above(self, spec: Input, value: float = 0.0) -> Socket:
        """Whether a control stands above this value."""
        return self.wire.math("GREATER_THAN", self.input(spec), value)

    def picture(self, image: Input, frame: Input, uv: Socket) -> bpy.types.bpy_prop_collection[Socket]:
        """Color and Alpha of a sequence's file; the node's frame number is the number in the file's name."""
        node = self.wire.node("GeometryNodeImageTexture", interpolation="Closest", extension="EXTEND")
        number = self.wire.math("ROUND", self.input(frame))
        for name, value in (("Image", self.input(image)), ("Vector", uv), ("Frame", number)):
            self.wire.set(node.inputs[name], value)
        return cast("Any", node.outputs)

    def store(self, geometry: Socket, name: str, value: Value, data_type: str, domain: str) -> Socket:
        node = self.wire.node("GeometryNodeStoreNamedAttribute", geometry, data_type=data_type, domain=domain)
        self.wire.set(node.inputs["Name"], name)
        self.wire.set(next(s for s in node.inputs if s.name == "Value" and s.enabled), value)
        return node.outputs[0]

    def on(self, domain: str, data_type: str, value: Socket) -> Socket:
        """A field computed on this domain; where it is used on another, Blender adapts its values."""
        return self.wire.new("GeometryNodeFieldOnDomain", value, domain=domain, data_type=data_type)

    def near_far(self) -> tuple[Socket, Socket]:
        """The two distances in their right order, whichever way they were typed."""
        wire = self.wire
        near, far = self.input("Near"), self.input("Far")
        low = wire.math("MAXIMUM", wire.math("MINIMUM", near, far), SMALLEST)
        return low, wire.math("MAXIMUM", wire.math("MAXIMUM", near, far), low)

    def view_width(self) -> Socket:
        """Width of the camera's view at distance 1."""
        wire = self.wire
        tangent = wire.math("TANGENT", wire.multiply(self.input("Field of View"), 0.5))
        return wire.multiply(tangent, 2.0)

    def depth(self, position: Socket | None = None) -> Socket:
        """Depth along the camera's axis of a position, by default of each element's own."""
        position = position or self.wire.new("GeometryNodeInputPosition")
        return self.wire.multiply(self.wire.node("ShaderNodeSeparateXYZ", position).outputs[2], -1.0)
