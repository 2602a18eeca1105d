# SPDX-License-Identifier: GPL-3.0-or-later
"""The grid of pixels that everything is made of, and what its material reads."""

from __future__ import annotations

from dataclasses import dataclass

from ..materials import COLOR_ATTRIBUTE, UV_MAP
from .draft import Draft, Socket
from .inputs import COLOR_IMAGE, FRAME, STRIDE, UV_ON_POINTS, VERTEX_COLORS


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid; `columns` of vertices; where in the picture each vertex is: from its center, and as UV.

    Places come from a vertex' number, so they hold wherever it stands by then, until vertices are deleted.
    """

    mesh: Socket
    columns: Socket
    x: Socket
    y: Socket
    uv: Socket


def build_grid(draft: Draft) -> Grid:
    """Every pixel's vertex; with a stride, fewer vertices spread evenly over the same pixels."""
    wire = draft.wire
    # The picture is one unit wide and high.
    width, across = _axis(draft, "Columns")
    height, up = _axis(draft, "Rows")
    mesh = wire.node("GeometryNodeMeshGrid", width, height, across, up).outputs["Mesh"]
    index = wire.new("GeometryNodeInputIndex")
    column = wire.math("FLOOR", wire.divide(wire.add(index, 0.5), up))
    row = wire.subtract(index, wire.multiply(column, up))
    x, y = _along(draft, column, across, width), _along(draft, row, up, height)
    uv = wire.vector(wire.add(x, 0.5), wire.add(y, 0.5), 0.0)
    return Grid(mesh, across, x, y, uv)


def _axis(draft: Draft, pixels: str) -> tuple[Socket, Socket]:
    """How much of the picture lies between the first and the last pixel's center, and the number of vertices."""
    wire = draft.wire
    count = draft.input(pixels)
    last = wire.subtract(count, 1)
    # A regular grid stays the same grid in every frame; thinning flat areas would make another one each time.
    steps = wire.math("FLOOR", wire.divide(last, wire.math("MAXIMUM", draft.input(STRIDE), 1)))
    return wire.divide(last, count), wire.math("MAXIMUM", wire.add(steps, 1), 2)


def _along(draft: Draft, number: Socket, count: Socket, length: Socket) -> Socket:
    wire = draft.wire
    share = wire.divide(number, wire.subtract(count, 1))
    return wire.multiply(wire.subtract(share, 0.5), length)


def with_attributes(draft: Draft, grid: Grid) -> Socket:
    """The grid with its UV map and the footage's colors, where they are wanted."""
    wire = draft.wire
    color = draft.picture(COLOR_IMAGE, FRAME, grid.uv)["Color"]
    # The grid still lies in the picture, one unit wide and high around its center.
    uv = wire.new("ShaderNodeVectorMath", wire.new("GeometryNodeInputPosition"), (0.5, 0.5, 0.0), operation="ADD")
    if draft.kind == "POINTS":
        colored = draft.store(grid.mesh, COLOR_ATTRIBUTE, color, "FLOAT_COLOR", "POINT")
        mapped = draft.store(colored, UV_MAP, uv, "FLOAT2", "POINT")
        return wire.switch("GEOMETRY", draft.input(UV_ON_POINTS), colored, mapped)
    mapped = draft.store(grid.mesh, UV_MAP, uv, "FLOAT2", "CORNER")
    # Bytes on corners: the one form of colors that every exporter takes.
    on_corners = draft.on("POINT", "FLOAT_COLOR", color)
    colored = draft.store(mapped, COLOR_ATTRIBUTE, on_corners, "BYTE_COLOR", "CORNER")
    return wire.switch("GEOMETRY", draft.input(VERTEX_COLORS), mapped, colored)
