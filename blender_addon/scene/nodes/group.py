# SPDX-License-Identifier: GPL-3.0-or-later
"""The Geometry Nodes groups that turn raw disparity into a relief or a point cloud: one builder for both.

Everything of one result comes in through the group's inputs, so all results of a file share two groups.
"""

from __future__ import annotations

from typing import cast

import bpy

from .cut import cut
from .draft import Draft, Socket
from .grid import Grid, build_grid, with_attributes
from .inputs import HOLD_OUT, HOLD_OUT_MATERIAL, MATERIAL, POINT_RADIUS, POINT_SIZE, SIZE_MODE, Kind
from .placement import place

_VERSION = 2  # raise it when the groups change: files made before keep theirs, new results get the new ones
_VERSION_KEY = "estimate_depth_version"
_NAMES: dict[Kind, str] = {"RELIEF": "Depth Relief", "POINTS": "Depth Points"}


def depth_group(kind: Kind) -> bpy.types.GeometryNodeTree:
    """The file's group of this kind and version; built on first use."""
    for group in bpy.data.node_groups:
        if not group.library and group.get(_VERSION_KEY) == f"{kind} {_VERSION}":
            return cast(bpy.types.GeometryNodeTree, group)
    group = cast(bpy.types.GeometryNodeTree, bpy.data.node_groups.new(_NAMES[kind], "GeometryNodeTree"))
    group.is_modifier = True
    _build(Draft(group, kind))
    group[_VERSION_KEY] = f"{kind} {_VERSION}"
    return group


def is_depth_group(group: bpy.types.NodeTree | None) -> bool:
    """Whether this is a depth group, of whatever version."""
    return group is not None and _VERSION_KEY in group


def _build(draft: Draft) -> None:
    wire = draft.wire
    grid = build_grid(draft)
    mesh = cut(draft, grid, place(draft, grid, with_attributes(draft, grid)))
    geometry = _points(draft, grid, mesh) if draft.kind == "POINTS" else wire.new("GeometryNodeSetShadeSmooth", mesh)
    material = wire.switch("MATERIAL", draft.input(HOLD_OUT), draft.input(MATERIAL), draft.input(HOLD_OUT_MATERIAL))
    shown = wire.node("GeometryNodeSetMaterial", geometry)
    wire.set(shown.inputs["Material"], material)
    wire.node("NodeGroupOutput", shown.outputs[0])


def _points(draft: Draft, grid: Grid, mesh: Socket) -> Socket:
    """A point for each vertex."""
    wire = draft.wire
    # As wide on screen at every depth: as its pixel, at Point Size 1. Flat is made of pixels at Far.
    reach = wire.switch("FLOAT", draft.flat, draft.depth(), draft.near_far()[1])
    spacing = wire.divide(wire.multiply(reach, draft.view_width()), grid.columns)
    on_screen = wire.multiply(wire.multiply(spacing, 0.5), draft.input(POINT_SIZE))
    node = wire.node("GeometryNodeMeshToPoints", mesh)
    wire.set(node.inputs["Radius"], draft.choice(SIZE_MODE, "FLOAT", on_screen, draft.input(POINT_RADIUS)))
    return node.outputs[0]
