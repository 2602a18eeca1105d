# SPDX-License-Identifier: Apache-2.0
"""Small things that lie and stand about."""

from __future__ import annotations

import math

from mathutils import Matrix

from .. import materials
from ..stage import SMALL_SHAPES, UNIT, Stage, between, place


def small_thing(stage: Stage, x: float, y: float, z: float, size: float, under: Matrix = UNIT) -> None:
    """Any small shape with its foot at a point."""
    draw = stage.draw
    name = draw.pick(SMALL_SHAPES)
    turn = draw.turn()
    material = materials.thick_glass(draw) if draw.chance(0.05) else None
    if name.startswith("vase"):
        stage.add(name, under @ place((x, y, z), (0, 0, turn), size * 0.8), material)
    elif name == "monkey":
        stage.add(name, under @ place((x, y, z + size * 0.7), (draw.uniform(-0.3, 0.3), 0, turn), size * 0.7), material)
    else:
        wide, deep, high = size * draw.uniform(0.4, 1), size * draw.uniform(0.4, 1), size * draw.uniform(0.4, 1.2)
        if name == "torus":
            deep = high = wide
        lift = 0.28 * high if name == "torus" else high
        stage.add(name, under @ place((x, y, z + lift), (0, 0, turn), (wide, deep, high)), material)


def books(
    stage: Stage, low: float, high: float, y: float, z: float, half_depth: float, height: float, under: Matrix = UNIT
) -> None:
    """A row of books along x from low to high, with gaps."""
    draw = stage.draw
    x = low
    while x < high - 0.03:
        if draw.chance(0.12):
            x += draw.uniform(0.05, 0.2)
            continue
        half, tall = draw.uniform(0.012, 0.04), draw.uniform(0.3, 0.475) * height
        lean = draw.uniform(-0.08, 0.08) if draw.chance(0.2) else 0.0
        at = (x + half, y + draw.uniform(-0.02, 0.02), z + tall)
        size = (half * 0.95, half_depth * draw.uniform(0.7, 0.95), tall)
        stage.add("box", under @ place(at, (0, lean, 0), size))
        x += 2 * half


def plant(stage: Stage, x: float, y: float, z: float, size: float, under: Matrix = UNIT) -> None:
    """A pot with leaves or blades."""
    draw = stage.draw
    stage.add("taper", under @ place((x, y, z + 0.15 * size), (math.pi, 0, 0), (0.13 * size, 0.13 * size, 0.15 * size)))
    green = materials.foliage(draw)
    if draw.chance(0.5):
        crown = place((x, y, z + 0.7 * size), (0, 0, draw.turn()), (0.35 * size, 0.35 * size, 0.45 * size))
        stage.add(f"leaves{draw.count(0, 2)}", under @ crown, green)
        return
    for _ in range(draw.count(8, 20)):
        turn, lean, length = draw.turn(), draw.uniform(0.2, 1.1), size * draw.uniform(0.4, 0.9)
        root = (x, y, z + 0.3 * size)
        tip = (
            x + math.cos(turn) * math.sin(lean) * length,
            y + math.sin(turn) * math.sin(lean) * length,
            root[2] + math.cos(lean) * length,
        )
        blade = between(root, tip, 1.0) @ place((0, 0, 0), scale=(0.06 * size, 0.015 * size, 1))
        stage.add("soft", under @ blade, green)
