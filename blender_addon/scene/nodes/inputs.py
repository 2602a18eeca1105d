# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of the depth groups: how they appear in the modifier, section by section."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import radians
from typing import Any, Literal

Kind = Literal["RELIEF", "POINTS"]

PERSPECTIVE, FLAT = 0, 1  # values of the input Projection
MASK_OFF, MASK_BRIGHTNESS, MASK_ALPHA = 0, 1, 2  # values of the input Mask From
SIZE_SCREEN, SIZE_WORLD = 0, 1  # values of the input Size Mode


@dataclass(frozen=True, slots=True)
class Input:
    """One input; `items` are a menu's, `options` further properties of its interface socket."""

    name: str
    socket: str
    tip: str
    items: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Section:
    """Inputs that are shown together; without a title they stand before all others."""

    title: str
    inputs: tuple[Input, ...]


def _number(name: str, tip: str, default: float, low: float, high: float, subtype: str = "NONE") -> Input:
    options = {"subtype": subtype, "default_value": default, "min_value": low, "max_value": high}
    return Input(name, "NodeSocketFloat", tip, options=options)


def _switch(name: str, tip: str) -> Input:
    return Input(name, "NodeSocketBool", tip)


def _menu(name: str, tip: str, *items: str) -> Input:
    return Input(name, "NodeSocketMenu", tip, items)


_HUGE = 1e6

PROJECTION = _menu(
    "Projection",
    "Perspective puts every pixel on its ray from the matched camera; Flat is a plain displacement map on a plane",
    "Perspective",
    "Flat",
)
NEAR = _number("Near", "Distance of what is nearest; metric depth is cropped here", 1.0, 0.001, _HUGE, "DISTANCE")
FAR = _number("Far", "Distance of what is farthest; metric depth is cropped here", 20.0, 0.001, _HUGE, "DISTANCE")
RANGE_MIN = _number("Range Min", "Disparity that stands at Far, keyed for each shot", 0.0, -_HUGE, _HUGE)
RANGE_MAX = _number("Range Max", "Disparity that stands at Near, keyed for each shot", 1.0, -_HUGE, _HUGE)
INVERT = _switch("Invert", "Swap near and far; metric depth in Perspective stays as it is")
TIME_SMOOTHING = _number(
    "Time Smoothing",
    "Average with so many files before and after, the nearest counting most; calms flicker, softens what moves",
    0.0,
    0.0,
    2.0,
)
DEPTH = Section("", (PROJECTION, NEAR, FAR, RANGE_MIN, RANGE_MAX, INVERT, TIME_SMOOTHING))

EDGE_CUT = _number(
    "Edge Cut",
    "Open the surface where depth jumps by more than this share of the nearer depth; 0 keeps it whole",
    0.0,
    0.0,
    1.0,
    "FACTOR",
)
GRAZING_CUT = _number(
    "Grazing Cut",
    "Open the surface where the camera sees it at less than this angle, edge-on like a rubber sheet; 0 keeps it whole",
    0.0,
    0.0,
    radians(90),
    "ANGLE",
)
CUT_SOFTNESS = _number(
    "Cut Softness",
    "Fade what comes this close to the limit of a cut or a mask, instead of ending at once; exports do not show it",
    0.0,
    0.0,
    1.0,
    "FACTOR",
)
SKY_CUT = _number(
    "Sky Cut",
    "Remove what lies at the far end: below this share of the range, from far (0) to near (1)",
    0.0,
    0.0,
    1.0,
    "FACTOR",
)
CROP_NEAR = _number("Crop Near", "Remove what is nearer than this; 0 keeps it", 0.0, 0.0, _HUGE, "DISTANCE")
CROP_FAR = _number("Crop Far", "Remove what is farther than this; 0 keeps it", 0.0, 0.0, _HUGE, "DISTANCE")
CUT = Section("Cut", (EDGE_CUT, GRAZING_CUT, CUT_SOFTNESS, SKY_CUT, CROP_NEAR, CROP_FAR))

MASK_FROM = _menu(
    "Mask From", "What of the mask is read: where it is black or clear, nothing is kept", "Off", "Brightness", "Alpha"
)
INVERT_MASK = _switch("Invert Mask", "Keep what the mask removes, and remove what it keeps")
HOLD_OUT = _switch("Hold-Out", "Show nothing, but hide what is behind: for renders that are laid over the footage")
MASK_IMAGE = Input("Mask", "NodeSocketImage", "A matte for the footage: a picture, a movie or an image sequence")
MASK = Section("Mask", (MASK_FROM, INVERT_MASK, MASK_IMAGE, HOLD_OUT))

STRIDE = Input(
    "Stride",
    "NodeSocketInt",
    "Use every n-th pixel of the grid, for speed",
    options={"default_value": 1, "min_value": 1, "max_value": 64},
)
VERTEX_COLORS = _switch("Vertex Colors", "Store the footage as the color attribute Col, for exports without a texture")
GRID = Section("Grid", (STRIDE, VERTEX_COLORS))

DENSITY = _number("Density", "Share of the points that is kept: the same ones in every frame", 1.0, 0.0, 1.0, "FACTOR")
SIZE_MODE = _menu(
    "Size Mode",
    "Screen: as large in the matched camera's picture at any depth; World: as large in the scene",
    "Screen",
    "World",
)
POINT_SIZE = _number("Point Size", "Size on screen; at 1 neighbors touch", 1.0, 0.0, 10.0, "FACTOR")
POINT_RADIUS = _number("Point Radius", "Size in the scene", 0.01, 0.0, _HUGE, "DISTANCE")
UV_ON_POINTS = _switch("UV Map", "Store each point's place in the picture as UVMap, for materials with textures")
POINTS = Section("Points", (STRIDE, DENSITY, SIZE_MODE, POINT_SIZE, POINT_RADIUS, UV_ON_POINTS))

FIELD_OF_VIEW = _number(
    "Field of View", "Horizontal, driven by the matched camera", radians(55), radians(1), radians(175), "ANGLE"
)
DEPTH_IMAGE = Input("Depth", "NodeSocketImage", "Raw disparity at grid size, an image sequence")
COLOR_IMAGE = Input("Color", "NodeSocketImage", "The footage at grid size, an image sequence")
MATERIAL = Input("Material", "NodeSocketMaterial", "How the result is shown")
HOLD_OUT_MATERIAL = Input("Hold-Out Material", "NodeSocketMaterial", "How the result is shown as a hold-out")


def _file_number(name: str, tip: str) -> Input:
    return Input(name, "NodeSocketFloat", tip)


FRAME = _file_number("Frame", "Number of the file that is shown; keyed so that only files that exist are")
# By their distance from the shown file, in files of the same shot.
NEIGHBORS = {
    offset: _file_number(name, "Keyed: number of a file beside the shown one, of the same shot")
    for offset, name in ((-2, "Frame Before 2"), (-1, "Frame Before 1"), (1, "Frame After 1"), (2, "Frame After 2"))
}
FRAMES = {0: FRAME.name} | {offset: spec.name for offset, spec in NEIGHBORS.items()}
MASK_FRAME = _file_number("Mask Frame", "Keyed: number of the mask's file or frame that belongs to the shown file")
SOURCE = Section(
    "Source",
    (
        FIELD_OF_VIEW,
        DEPTH_IMAGE,
        COLOR_IMAGE,
        FRAME,
        *NEIGHBORS.values(),
        MASK_FRAME,
        Input("Columns", "NodeSocketInt", "Width of the depth images in pixels", options={"min_value": 2}),
        Input("Rows", "NodeSocketInt", "Height of the depth images in pixels", options={"min_value": 2}),
        _number("Aspect", "Height of the picture over its width, as it is shown", 1.0, 0.01, 100.0),
        _switch("Metric", "The disparity is 1/meters, so Near, Far and Range do not place it"),
        MATERIAL,
        HOLD_OUT_MATERIAL,
    ),
)


def sections(kind: Kind) -> tuple[Section, ...]:
    """All inputs of a kind's group, in the order in which they are shown."""
    return DEPTH, CUT, MASK, POINTS if kind == "POINTS" else GRID, SOURCE
