# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of the depth groups: how they appear in the modifier, and how code reads and sets them by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import radians
from typing import Any, cast

import bpy

PERSPECTIVE, FLAT = 0, 1  # values of the input Projection


@dataclass(frozen=True, slots=True)
class Input:
    """One input; `options` are further properties of its interface socket."""

    name: str
    socket: str
    tip: str
    options: dict[str, Any] = field(default_factory=dict[str, Any])


def _number(name: str, tip: str, default: float, low: float, high: float, subtype: str = "NONE") -> Input:
    options = {"subtype": subtype, "default_value": default, "min_value": low, "max_value": high}
    return Input(name, "NodeSocketFloat", tip, options=options)


_HUGE = 1e6

PROJECTION = Input(
    "Projection",
    "NodeSocketMenu",
    "Perspective puts every pixel on its ray from the matched camera; Flat is a plain displacement map on a plane",
)
CONTROLS = (
    PROJECTION,
    _number("Near", "Distance of what is nearest; metric depth is cropped here", 1.0, 0.001, _HUGE, "DISTANCE"),
    _number("Far", "Distance of what is farthest; metric depth is cropped here", 20.0, 0.001, _HUGE, "DISTANCE"),
    _number("Range Min", "Disparity that stands at Far, keyed for each shot", 0.0, -_HUGE, _HUGE),
    _number("Range Max", "Disparity that stands at Near, keyed for each shot", 1.0, -_HUGE, _HUGE),
    Input("Invert", "NodeSocketBool", "Swap near and far; metric depth in Perspective stays as it is"),
    _number(
        "Edge Cut",
        "Open the surface where depth jumps by more than this share of the nearer depth; 0 keeps it whole",
        0.0,
        0.0,
        1.0,
        "FACTOR",
    ),
    Input(
        "Stride",
        "NodeSocketInt",
        "Use every n-th pixel of the grid, for speed",
        options={"default_value": 1, "min_value": 1, "max_value": 64},
    ),
)
POINT_SIZE = _number("Point Size", "Size of the points; at 1 neighbors touch", 1.0, 0.0, 10.0, "FACTOR")
FIELD_OF_VIEW = _number(
    "Field of View", "Horizontal, driven by the matched camera", radians(55), radians(1), radians(175), "ANGLE"
)
SOURCE = (
    FIELD_OF_VIEW,
    Input("Depth", "NodeSocketImage", "Raw disparity at grid size, an image sequence"),
    Input("Frame", "NodeSocketFloat", "Number of the file that is shown; keyed so that only files that exist are"),
    Input("Columns", "NodeSocketInt", "Width of the depth images in pixels", options={"min_value": 2}),
    Input("Rows", "NodeSocketInt", "Height of the depth images in pixels", options={"min_value": 2}),
    _number("Aspect", "Height of the picture over its width, as it is shown", 1.0, 0.01, 100.0),
    Input("Metric", "NodeSocketBool", "The disparity is 1/meters, so Near, Far and Range do not place it"),
    Input("Material", "NodeSocketMaterial", "How the result is shown"),
)
COLOR = Input("Color", "NodeSocketImage", "The footage at grid size, an image sequence")


def modifier_input(modifier: bpy.types.NodesModifier, name: str) -> str:
    """The identifier of an input of the modifier's group: what modifier[...] and data paths go by."""
    group = cast(bpy.types.NodeTree, modifier.node_group)
    interface = cast(bpy.types.NodeTreeInterface, group.interface)
    return next(
        item.identifier
        for item in interface.items_tree
        if isinstance(item, bpy.types.NodeTreeInterfaceSocket) and item.in_out == "INPUT" and item.name == name
    )


def set_input(modifier: bpy.types.NodesModifier, name: str, value: Any) -> None:
    modifier[modifier_input(modifier, name)] = value


def input_path(modifier: bpy.types.NodesModifier, name: str) -> str:
    """The data path of an input from its object, for keys and drivers."""
    return f'modifiers["{bpy.utils.escape_identifier(modifier.name)}"]["{modifier_input(modifier, name)}"]'
