# SPDX-License-Identifier: GPL-3.0-or-later
"""What is taken away: rubber sheets, the sky, what lies outside a crop or a mask; and how softly.

Each cut is a condition on edges, faces or vertices. A relief loses every face that one of them touches, points lose
every vertex; all in one step, so that no vertex changes its number before.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..materials import FADE_ATTRIBUTE
from .draft import Draft, Socket
from .grid import Grid
from .inputs import (
    CROP_FAR,
    CROP_NEAR,
    CUT_SOFTNESS,
    DENSITY,
    EDGE_CUT,
    GRAZING_CUT,
    INVERT_MASK,
    MASK_ALPHA,
    MASK_BRIGHTNESS,
    MASK_FRAME,
    MASK_FROM,
    MASK_IMAGE,
    MASK_OFF,
    SKY_CUT,
)
from .placement import Placement
from .wiring import Value

_STEEP = 8.0


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where `wanted`, what is `gone` of this domain. closeness: to being cut, from 0 to 1 at the limit."""

    wanted: Socket
    domain: str
    gone: Socket
    closeness: Socket | None = None


def cut(draft: Draft, grid: Grid, placed: Placement) -> Socket:
    """The geometry without what the controls remove; none costs anything while it is off."""
    wire = draft.wire
    cuts = [_edge(draft), _grazing(draft), _sky(draft, placed.share), _mask(draft, grid), *_crops(draft)]
    faded = draft.store(placed.mesh, FADE_ATTRIBUTE, _fade(draft, cuts), "FLOAT", "POINT")
    mesh = wire.switch("GEOMETRY", draft.above(CUT_SOFTNESS), placed.mesh, faded)
    if draft.kind == "POINTS":
        cuts.append(_thinning(draft))
    gone = [wire.switch("BOOLEAN", item.wanted, False, _touched(draft, item)) for item in cuts]
    domain = "POINT" if draft.kind == "POINTS" else "FACE"
    return wire.new("GeometryNodeDeleteGeometry", mesh, _any(draft, gone), domain=domain)


def _touched(draft: Draft, item: _Cut) -> Socket:
    """Whether a point or a face has an element that is gone."""
    if draft.kind == "POINTS":  # a point is chosen if one of its edges or faces is
        return draft.on(item.domain, "BOOLEAN", item.gone)
    # A face is chosen only if all of its edges or vertices are: so the question is whether all stay.
    wire = draft.wire
    stays = draft.on(item.domain, "BOOLEAN", wire.new("FunctionNodeBooleanMath", item.gone, operation="NOT"))
    return wire.new("FunctionNodeBooleanMath", stays, operation="NOT")


def _any(draft: Draft, conditions: list[Socket]) -> Socket:
    found, *others = conditions
    for other in others:
        found = draft.wire.new("FunctionNodeBooleanMath", found, other, operation="OR")
    return found


def _edge(draft: Draft) -> _Cut:
    """Depth jumps along an edge, measured by the nearer end."""
    wire = draft.wire
    ends = wire.node("GeometryNodeInputMeshEdgeVertices").outputs
    one, other = draft.depth(ends["Position 1"]), draft.depth(ends["Position 2"])
    jump = wire.divide(wire.math("ABSOLUTE", wire.subtract(one, other)), wire.math("MINIMUM", one, other))
    limit = draft.input(EDGE_CUT)
    gone = wire.math("GREATER_THAN", jump, limit)
    return _Cut(draft.above(EDGE_CUT), "EDGE", gone, wire.divide(jump, limit))


def _grazing(draft: Draft) -> _Cut:
    """The angle between a face and the ray that sees it; in Flat all rays are parallel."""
    wire = draft.wire
    ray = wire.switch("VECTOR", draft.flat, wire.new("GeometryNodeInputPosition"), (0.0, 0.0, -1.0))
    ray = wire.new("ShaderNodeVectorMath", ray, operation="NORMALIZE")
    normal = wire.node("GeometryNodeInputNormal").outputs["Normal"]
    sine = wire.math(
        "ABSOLUTE", wire.node("ShaderNodeVectorMath", ray, normal, operation="DOT_PRODUCT").outputs["Value"]
    )
    limit = draft.input(GRAZING_CUT)
    gone = wire.math("LESS_THAN", sine, wire.math("SINE", limit))
    angle = wire.math("ARCSINE", wire.math("MINIMUM", sine, 1.0))
    return _Cut(draft.above(GRAZING_CUT), "FACE", gone, wire.divide(limit, angle))


def _sky(draft: Draft, share: Socket) -> _Cut:
    """The far end of the range."""
    wire, limit = draft.wire, draft.input(SKY_CUT)
    return _Cut(draft.above(SKY_CUT), "POINT", wire.math("LESS_THAN", share, limit), wire.divide(limit, share))


def _mask(draft: Draft, grid: Grid) -> _Cut:
    """Where the mask is darker than half."""
    wire = draft.wire
    picture = draft.picture(MASK_IMAGE, MASK_FRAME, grid.uv)
    red, green, blue = wire.node("FunctionNodeSeparateColor", picture["Color"]).outputs[:3]
    bright = wire.math("MAXIMUM", wire.math("MAXIMUM", red, green), blue)
    source = draft.choice(MASK_FROM, "INT", MASK_OFF, MASK_BRIGHTNESS, MASK_ALPHA)
    value = wire.switch("FLOAT", wire.math("GREATER_THAN", source, MASK_BRIGHTNESS), bright, picture["Alpha"])
    value = wire.math("ABSOLUTE", wire.subtract(draft.input(INVERT_MASK), value))
    wanted = wire.math("GREATER_THAN", source, MASK_OFF)
    return _Cut(wanted, "POINT", wire.math("LESS_THAN", value, 0.5), wire.multiply(wire.subtract(1.0, value), 2.0))


def _crops(draft: Draft) -> tuple[_Cut, ...]:
    """What is nearer or farther than wanted; metric depth in space also ends at Near and Far."""
    wire = draft.wire
    depth = draft.depth()
    near, far = draft.near_far()
    metric = wire.new("FunctionNodeBooleanMath", draft.input("Metric"), draft.flat, operation="NIMPLY")
    outside = _any(draft, [wire.math("LESS_THAN", depth, near), wire.math("GREATER_THAN", depth, far)])
    return (
        _Cut(metric, "POINT", outside),
        _Cut(draft.above(CROP_NEAR), "POINT", wire.math("LESS_THAN", depth, draft.input(CROP_NEAR))),
        _Cut(draft.above(CROP_FAR), "POINT", wire.math("GREATER_THAN", depth, draft.input(CROP_FAR))),
    )


def _thinning(draft: Draft) -> _Cut:
    """Chosen by the pixel's number alone, so that the same points stay in every frame, whatever else is cut."""
    wire, density = draft.wire, draft.input(DENSITY)
    node = wire.node("FunctionNodeRandomValue", data_type="BOOLEAN")
    wire.set(node.inputs["Probability"], density)
    kept = next(socket for socket in node.outputs if socket.enabled)
    gone = wire.new("FunctionNodeBooleanMath", kept, operation="NOT")
    return _Cut(wire.math("LESS_THAN", density, 1.0), "POINT", gone)


def _fade(draft: Draft, cuts: list[_Cut]) -> Value:
    """How far each vertex has faded, from 0 to 1: nearly as far as the most of its edges and faces."""
    wire, softness = draft.wire, draft.input(CUT_SOFTNESS)
    begin = wire.subtract(1.0, softness)
    total: Value = 0.0
    for item in cuts:
        if item.closeness is None:
            continue
        faded = wire.divide(wire.subtract(item.closeness, begin), softness)
        faded = wire.math("MINIMUM", wire.math("MAXIMUM", faded, 0.0), 1.0)
        if (
            item.domain != "POINT"
        ):  # a vertex gets the mean of its edges or faces; of high powers that is nearly the most
            mean = draft.on(item.domain, "FLOAT", wire.math("POWER", faded, _STEEP))
            faded = wire.math("POWER", mean, 1.0 / _STEEP)
        faded = wire.switch("FLOAT", item.wanted, 0.0, faded)
        total = wire.math("MAXIMUM", total, faded)
    return total
