# SPDX-License-Identifier: Apache-2.0
"""What stands behind a subject: a wall, a room, open country."""

from __future__ import annotations

import math

from .. import materials
from ..stage import Stage, let_light_through, place
from .furniture import shelf
from .outdoors import building, tree
from .vehicles import car


def backdrop(stage: Stage, distance: float) -> str:
    """Ground, and at this distance along +y what is behind; returns "wall", "open" or "room"."""
    draw = stage.draw
    kind = draw.weighted({"wall": 2, "open": 2, "room": 1})
    half = 300 if kind == "open" else 12
    floor = draw.pick(["noise", "tiles", "planks", "plain", "checker"])
    ground = (
        materials.ground(draw)
        if kind == "open" and draw.chance(0.6)
        else materials.patterned(draw, floor, scale=draw.uniform(0.3, 2))
    )
    stage.box((0, 0, -0.1), (half, half, 0.1), ground)
    if kind == "wall":
        wall = (
            materials.facade(draw, "bricks", draw.uniform(0.7, 2)) if draw.chance(0.4) else materials.any_surface(draw)
        )
        stage.box((0, 0, 3), (14, 0.2, 4), wall, place((0, distance, 0), (0, 0, draw.uniform(-0.5, 0.5))))
    elif kind == "open":
        for _ in range(draw.count(4, 40)):
            turn, far = draw.uniform(-1.3, 1.3), distance + draw.log(2, 80)
            x, y = math.sin(turn) * far, math.cos(turn) * far
            what = draw.weighted({"tree": 5, "building": 2, "car": 2})
            if what == "tree":
                tree(stage, x, y)
            elif what == "car":
                car(stage, place((x, y, 0), (0, 0, draw.turn())))
            else:
                building(stage, x, y + 8, (draw.uniform(3, 6), draw.uniform(3, 6)), draw.uniform(4, 15))
    else:
        _room(stage)
    return kind


def _room(stage: Stage) -> None:
    draw = stage.draw
    wall = materials.any_surface(draw)
    walls = [stage.box((i * 4.5, 2, 1.5), (0.1, 7, 1.5), wall) for i in (-1, 1)]
    walls += [stage.box((0, y, 1.5), (5, 0.1, 1.5), wall) for y in (7, -6)]
    walls.append(stage.box((0, 0, 3.1), (5, 7, 0.1), materials.plain((0.8, 0.8, 0.78))))
    let_light_through(*walls)
    for _ in range(3):
        shelf(stage, draw.uniform(-4, 4), 6.7, math.pi)
