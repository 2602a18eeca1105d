# SPDX-License-Identifier: GPL-3.0-or-later
"""From disparity to places in space."""

from __future__ import annotations

from dataclasses import dataclass

from .draft import SMALLEST, Draft, Socket
from .grid import Grid
from .inputs import DEPTH_IMAGE, FRAME, NEIGHBORS, TIME_SMOOTHING, Input


@dataclass(frozen=True, slots=True)
class Placement:
    """The grid in its place, and each vertex' share of the range, from 0 (far) to 1 (near)."""

    mesh: Socket
    share: Socket


def place(draft: Draft, grid: Grid, mesh: Socket) -> Placement:
    """Every vertex where its pixel's ray and depth meet; or in Flat, displaced along the camera's axis."""
    wire = draft.wire
    near, far = draft.near_far()
    disparity = _disparity(draft, grid)
    metric = wire.new("FunctionNodeBooleanMath", draft.input("Metric"), draft.flat, operation="NIMPLY")
    share = _share(draft, disparity, metric)
    inverse_far = wire.divide(1.0, far)
    inverse = wire.add(inverse_far, wire.multiply(wire.subtract(wire.divide(1.0, near), inverse_far), share))
    inverse = wire.switch("FLOAT", metric, inverse, wire.math("MAXIMUM", disparity, SMALLEST))
    perspective = wire.divide(1.0, inverse)
    displaced = wire.subtract(far, wire.multiply(wire.subtract(far, near), share))
    depth = wire.switch("FLOAT", draft.flat, perspective, displaced)
    # The flat plane fills the camera's view at Far; in perspective every pixel fills its part at its own depth.
    width = wire.multiply(draft.view_width(), wire.switch("FLOAT", draft.flat, perspective, far))
    x = wire.multiply(grid.x, width)
    y = wire.multiply(grid.y, wire.multiply(width, draft.input("Aspect")))
    node = wire.node("GeometryNodeSetPosition", mesh)
    wire.set(node.inputs["Position"], wire.vector(x, y, wire.multiply(depth, -1.0)))
    return Placement(node.outputs[0], share)


def _share(draft: Draft, disparity: Socket, metric: Socket) -> Socket:
    """Where in the range the disparity lies; 0 for an empty range. Invert does not reach metric depth in space."""
    wire = draft.wire
    low = draft.input("Range Min")
    share = wire.divide(wire.subtract(disparity, low), wire.subtract(draft.input("Range Max"), low))
    share = wire.math("MINIMUM", wire.math("MAXIMUM", share, 0.0), 1.0)
    invert = wire.new("FunctionNodeBooleanMath", draft.input("Invert"), metric, operation="NIMPLY")
    return wire.math("ABSOLUTE", wire.subtract(invert, share))


def _disparity(draft: Draft, grid: Grid) -> Socket:
    """The shown file's disparity, averaged in time where that is wanted: only then other files are read."""
    wire, radius = draft.wire, draft.input(TIME_SMOOTHING)
    shown = _sample(draft, grid, FRAME)
    # A file's weight falls evenly with its distance: with a radius of 2 they are 1, 2, 3, 2, 1.
    middle, beyond = wire.add(radius, 1.0), wire.subtract(radius, 1.0)
    near = wire.multiply(_pair(draft, grid, 1), radius)
    far = wire.switch("FLOAT", draft.above(TIME_SMOOTHING, 1.0), 0.0, wire.multiply(_pair(draft, grid, 2), beyond))
    total = wire.add(wire.add(wire.multiply(shown, middle), near), far)
    weights = wire.add(middle, wire.multiply(wire.add(radius, wire.math("MAXIMUM", beyond, 0.0)), 2.0))
    return wire.switch("FLOAT", draft.above(TIME_SMOOTHING), shown, wire.divide(total, weights))


def _pair(draft: Draft, grid: Grid, distance: int) -> Socket:
    """The disparity of the files at this distance before and after, added."""
    return draft.wire.add(_sample(draft, grid, NEIGHBORS[-distance]), _sample(draft, grid, NEIGHBORS[distance]))


def _sample(draft: Draft, grid: Grid, frame: Input) -> Socket:
    return draft.wire.node("FunctionNodeSeparateColor", draft.picture(DEPTH_IMAGE, frame, grid.uv)["Color"]).outputs[0]
