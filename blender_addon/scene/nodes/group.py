# SPDX-License-Identifier: GPL-3.0-or-later
"""The Geometry Nodes groups that turn raw disparity into a relief or a point cloud: one builder for both.

Everything of one result comes in through the group's inputs, so all results of a file share two groups. Positions are
in camera space: +X right, +Y up, the camera looks along -Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import bpy

from ... import compat
from ..materials import COLOR_ATTRIBUTE, UV_MAP
from .inputs import COLOR, CONTROLS, POINT_SIZE, PROJECTION, SOURCE, Input
from .wiring import Wiring

Kind = Literal["RELIEF", "POINTS"]
Socket = bpy.types.NodeSocket

_VERSION = 1  # raise it when the groups change: files made before keep theirs, new results get the new ones
_VERSION_KEY = "estimate_depth_version"
_NAMES: dict[Kind, str] = {"RELIEF": "Depth Relief", "POINTS": "Depth Points"}
_SMALLEST = 1e-6


def depth_group(kind: Kind) -> bpy.types.GeometryNodeTree:
    """The file's group of this kind and version; built on first use."""
    for group in bpy.data.node_groups:
        if not group.library and group.get(_VERSION_KEY) == f"{kind} {_VERSION}":
            return cast(bpy.types.GeometryNodeTree, group)
    group = cast(bpy.types.GeometryNodeTree, bpy.data.node_groups.new(_NAMES[kind], "GeometryNodeTree"))
    group.is_modifier = True
    _add_interface(group, kind)
    _Builder(group).build(kind)
    group[_VERSION_KEY] = f"{kind} {_VERSION}"
    return group


def _add_interface(group: bpy.types.GeometryNodeTree, kind: Kind) -> None:
    interface = cast(bpy.types.NodeTreeInterface, group.interface)
    interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    points = kind == "POINTS"
    for spec in (*CONTROLS, POINT_SIZE) if points else CONTROLS:
        _add_socket(interface, spec, None)
    panel = interface.new_panel("Source", default_closed=True)
    for spec in (*SOURCE, COLOR) if points else SOURCE:
        _add_socket(interface, spec, panel)


def _add_socket(
    interface: bpy.types.NodeTreeInterface, spec: Input, panel: bpy.types.NodeTreeInterfacePanel | None
) -> None:
    socket = interface.new_socket(
        spec.name, description=spec.tip, in_out="INPUT", socket_type=spec.socket, parent=panel
    )
    compat.set_single_value(socket)
    for name, value in spec.options.items():
        setattr(socket, name, value)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The grid; `columns` of vertices; each vertex' place in the picture, from its center and from its lower left."""

    mesh: Socket
    columns: Socket
    position: Socket
    uv: Socket


class _Builder:
    def __init__(self, group: bpy.types.GeometryNodeTree) -> None:
        self._group = group
        self._wire = Wiring(group)
        self._inputs = self._wire.node("NodeGroupInput").outputs
        self._flat = self._projection()

    def build(self, kind: Kind) -> None:
        grid = self._grid()
        mesh = self._place(grid, self._with_attribute(grid, kind))
        mesh = self._crop(self._open_edges(mesh, kind))
        geometry = self._points(mesh, grid) if kind == "POINTS" else self._smooth(mesh)
        shown = self._wire.node("GeometryNodeSetMaterial", geometry)
        self._wire.set(shown.inputs["Material"], self._inputs["Material"])
        self._wire.node("NodeGroupOutput", shown.outputs[0])

    def _projection(self) -> Socket:
        """Whether the menu stands on Flat."""
        menu = self._wire.node("GeometryNodeMenuSwitch", data_type="BOOLEAN")
        names = ("Perspective", "Flat")
        for item, name in zip(cast("Any", menu).enum_items, names):
            item.name = name
        self._wire.set(menu.inputs[0], self._inputs[PROJECTION.name])
        self._wire.set(menu.inputs["Flat"], True)
        interface = cast(bpy.types.NodeTreeInterface, self._group.interface)
        for item in interface.items_tree:
            if isinstance(item, bpy.types.NodeTreeInterfaceSocketMenu):  # only a wired menu knows its items
                item.default_value = names[0]
        return menu.outputs[0]

    def _grid(self) -> _Grid:
        """Every pixel's vertex; with a stride, fewer vertices spread evenly over the same pixels."""
        wire = self._wire
        width, across = self._axis("Columns")
        height, up = self._axis("Rows")
        mesh = wire.node("GeometryNodeMeshGrid", width, height, across, up).outputs["Mesh"]
        # The picture is one unit wide and high around the grid's center.
        position = wire.new("GeometryNodeInputPosition")
        uv = wire.new("ShaderNodeVectorMath", position, (0.5, 0.5, 0.0), operation="ADD")
        return _Grid(mesh, across, position, uv)

    def _axis(self, pixels: str) -> tuple[Socket, Socket]:
        """How much of the picture lies between the first and the last pixel's center, and the number of vertices."""
        wire = self._wire
        count = self._inputs[pixels]
        last = wire.subtract(count, 1)
        steps = wire.math("FLOOR", wire.divide(last, wire.math("MAXIMUM", self._inputs["Stride"], 1)))
        return wire.divide(last, count), wire.math("MAXIMUM", wire.add(steps, 1), 2)

    def _texture(self, image: str, uv: Socket) -> Socket:
        node = self._wire.node("GeometryNodeImageTexture", interpolation="Closest", extension="EXTEND")
        # The node's frame number is the number in the file's name.
        frame = self._wire.math("ROUND", self._inputs["Frame"])
        for name, value in (("Image", self._inputs[image]), ("Vector", uv), ("Frame", frame)):
            self._wire.set(node.inputs[name], value)
        return node.outputs["Color"]

    def _with_attribute(self, grid: _Grid, kind: Kind) -> Socket:
        """The grid with what its material reads: each point's color, or the relief's UV map."""
        if kind == "POINTS":
            color = self._texture(COLOR.name, grid.uv)
            return self._store(grid.mesh, COLOR_ATTRIBUTE, color, "FLOAT_COLOR", "POINT")
        return self._store(grid.mesh, UV_MAP, grid.uv, "FLOAT2", "CORNER")

    def _store(self, geometry: Socket, name: str, value: Socket, data_type: str, domain: str) -> Socket:
        node = self._wire.node("GeometryNodeStoreNamedAttribute", geometry, data_type=data_type, domain=domain)
        self._wire.set(node.inputs["Name"], name)
        self._wire.set(next(s for s in node.inputs if s.name == "Value" and s.enabled), value)
        return node.outputs[0]

    def _near_far(self) -> tuple[Socket, Socket]:
        """The two distances in their right order, whichever way they were typed."""
        wire = self._wire
        near, far = self._inputs["Near"], self._inputs["Far"]
        low = wire.math("MAXIMUM", wire.math("MINIMUM", near, far), _SMALLEST)
        return low, wire.math("MAXIMUM", wire.math("MAXIMUM", near, far), low)

    def _share(self, disparity: Socket) -> Socket:
        """Where in the range the disparity lies, from 0 (far) to 1 (near); 0 for an empty range."""
        wire = self._wire
        low = self._inputs["Range Min"]
        share = wire.divide(wire.subtract(disparity, low), wire.subtract(self._inputs["Range Max"], low))
        share = wire.math("MINIMUM", wire.math("MAXIMUM", share, 0.0), 1.0)
        return wire.math("ABSOLUTE", wire.subtract(self._inputs["Invert"], share))

    def _place(self, grid: _Grid, mesh: Socket) -> Socket:
        """Every vertex where its pixel's ray and depth meet; or in Flat, displaced along the camera's axis."""
        wire = self._wire
        near, far = self._near_far()
        disparity = wire.node("FunctionNodeSeparateColor", self._texture("Depth", grid.uv)).outputs[0]
        share = self._share(disparity)
        inverse_far = wire.divide(1.0, far)
        inverse = wire.add(inverse_far, wire.multiply(wire.subtract(wire.divide(1.0, near), inverse_far), share))
        inverse = wire.switch("FLOAT", self._inputs["Metric"], inverse, wire.math("MAXIMUM", disparity, _SMALLEST))
        perspective = wire.divide(1.0, inverse)
        displaced = wire.subtract(far, wire.multiply(wire.subtract(far, near), share))
        depth = wire.switch("FLOAT", self._flat, perspective, displaced)
        # The flat plane fills the camera's view at Far; in perspective every pixel fills its part at its own depth.
        width = wire.multiply(self._view_width(), wire.switch("FLOAT", self._flat, perspective, far))
        place = wire.node("ShaderNodeSeparateXYZ", grid.position).outputs
        x = wire.multiply(place[0], width)
        y = wire.multiply(place[1], wire.multiply(width, self._inputs["Aspect"]))
        node = wire.node("GeometryNodeSetPosition", mesh)
        wire.set(node.inputs["Position"], wire.vector(x, y, wire.multiply(depth, -1.0)))
        return node.outputs[0]

    def _view_width(self) -> Socket:
        """Width of the camera's view at distance 1."""
        wire = self._wire
        tangent = wire.math("TANGENT", wire.multiply(self._inputs["Field of View"], 0.5))
        return wire.multiply(tangent, 2.0)

    def _depth(self, position: Socket) -> Socket:
        """Depth along the camera's axis of a position."""
        return self._wire.multiply(self._wire.node("ShaderNodeSeparateXYZ", position).outputs[2], -1.0)

    def _open_edges(self, mesh: Socket, kind: Kind) -> Socket:
        """Without the faces across jumps in depth, or without the points beside them."""
        wire = self._wire
        ends = wire.node("GeometryNodeInputMeshEdgeVertices").outputs
        one, other = self._depth(ends["Position 1"]), self._depth(ends["Position 2"])
        step = wire.math("ABSOLUTE", wire.subtract(one, other))
        share = wire.divide(step, wire.math("MINIMUM", one, other))
        jump = wire.math("GREATER_THAN", share, self._inputs["Edge Cut"])
        if kind == "POINTS":
            jump = wire.new("GeometryNodeFieldOnDomain", jump, domain="EDGE", data_type="BOOLEAN")
            opened = wire.new("GeometryNodeDeleteGeometry", mesh, jump, domain="POINT")
        else:
            opened = wire.new("GeometryNodeDeleteGeometry", mesh, jump, domain="EDGE", mode="EDGE_FACE")
        return wire.switch("GEOMETRY", wire.math("GREATER_THAN", self._inputs["Edge Cut"], 0.0), mesh, opened)

    def _crop(self, mesh: Socket) -> Socket:
        """Metric depth without what lies outside Near to Far; Flat has nothing there."""
        wire = self._wire
        near, far = self._near_far()
        depth = self._depth(wire.new("GeometryNodeInputPosition"))
        outside = wire.add(wire.math("LESS_THAN", depth, near), wire.math("GREATER_THAN", depth, far))
        cropped = wire.new("GeometryNodeDeleteGeometry", mesh, outside, domain="POINT")
        wanted = wire.math("GREATER_THAN", self._inputs["Metric"], self._flat)
        return wire.switch("GEOMETRY", wanted, mesh, cropped)

    def _smooth(self, mesh: Socket) -> Socket:
        return self._wire.new("GeometryNodeSetShadeSmooth", mesh)

    def _points(self, mesh: Socket, grid: _Grid) -> Socket:
        """A point for each vertex; at Point Size 1 as large as its pixel."""
        wire = self._wire
        depth = self._depth(wire.new("GeometryNodeInputPosition"))
        reach = wire.switch("FLOAT", self._flat, depth, self._near_far()[1])
        spacing = wire.divide(wire.multiply(reach, self._view_width()), grid.columns)
        radius = wire.multiply(wire.multiply(spacing, 0.5), self._inputs[POINT_SIZE.name])
        node = wire.node("GeometryNodeMeshToPoints", mesh)
        wire.set(node.inputs["Radius"], radius)
        return node.outputs[0]
