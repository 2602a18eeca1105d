# SPDX-License-Identifier: Apache-2.0
"""A hall with pillars, statues on plinths, glass cases and big pictures. Only ever held out."""

from __future__ import annotations

import math

from .. import lights, materials, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import people
from ..props.interior import Room, floor
from ..props.things import small_thing
from ..stage import Stage, let_light_through, place
from . import Setting


def build(stage: Stage) -> Setting:
    draw = stage.draw
    room = Room((draw.uniform(5, 10), draw.uniform(8, 18)), draw.uniform(4.5, 8))
    _hall(stage, room)
    for _ in range(draw.count(4, 12)):
        x, y = room.inside(draw, 0.75)
        if draw.chance(0.6):
            _statue(stage, x, y)
        else:
            _case(stage, x, y)
    for _ in range(draw.count(0, 5)):
        x, y = room.inside(draw, 0.8)
        start = place((x, y, 0), (0, 0, draw.turn()))
        walks = draw.chance(0.5)
        people.person(stage, motion.drive(start, 0.7, 3.0) if walks else start, walks=walks)
    lights.interior(stage, room.half, room.height)

    def view(draw: Draw) -> Pose:
        (x, y), (u, v) = room.inside(draw, 0.9), room.inside(draw, 0.7)
        return pose(draw, (x, y, draw.uniform(0.6, 2.2)), (u, v, draw.uniform(0.3, room.height * 0.6)), (45, 85))

    return Setting(view, near=0.4, reach=2.5)


def _hall(stage: Stage, room: Room) -> None:
    draw = stage.draw
    (a, b), high = room.half, room.height
    stage.box((0, 0, -0.1), (a, b, 0.1), floor(draw))
    wall = materials.patterned(draw, draw.pick(["plain", "noise", "patches"]), scale=draw.log(0.3, 2), calm=True)
    shell = [stage.box((side * (a + 0.1), 0, high / 2), (0.1, b, high / 2), wall) for side in (-1, 1)]
    shell += [stage.box((0, side * (b + 0.1), high / 2), (a, 0.1, high / 2), wall) for side in (-1, 1)]
    shell.append(stage.box((0, 0, high + 0.1), (a, b, 0.1), materials.plain((0.8, 0.8, 0.77))))
    let_light_through(*shell)
    stone, radius, count = stage.material(), draw.uniform(0.2, 0.5), draw.count(3, 7)
    for i in range(count):
        y = -b + (i + 0.5) * 2 * b / count
        for x in (-0.62 * a, 0.62 * a):
            stage.rod((x, y, 0), (x, y, high), radius, stone)
            stage.box((x, y, 0.15), (radius * 1.4, radius * 1.4, 0.15), stone)
        for side in (-1, 1):
            size = (0.03, draw.uniform(0.4, 1.2), draw.uniform(0.4, 1.0))
            at = (side * (a - 0.03), y, draw.uniform(1.6, 2.2))
            stage.box(at, (0.02, size[1] + 0.08, size[2] + 0.08))
            stage.box(at, size, materials.patterned(draw, "patches", scale=draw.log(1, 5)))


def _statue(stage: Stage, x: float, y: float) -> None:
    draw = stage.draw
    stone, high = stage.material(), draw.uniform(0.4, 1.1)
    stage.box((x, y, high / 2), (0.35, 0.35, high / 2))
    shape, size = draw.pick(["monkey", "vase0", "vase1", "torus", "rock0"]), draw.uniform(0.3, 0.6)
    lift = 0.0 if shape.startswith("vase") else size
    stage.add(shape, place((x, y, high + lift), (0, 0, draw.turn()), size), stone)


def _case(stage: Stage, x: float, y: float) -> None:
    """A table under a hood of clear panes."""
    draw = stage.draw
    half, glass, metal = draw.uniform(0.35, 0.8), materials.pane(draw), stage.material()
    under = place((x, y, 0), (0, 0, draw.turn()))
    stage.box((0, 0, 0.45), (half, 0.35, 0.45), metal, under)
    for _ in range(draw.count(2, 6)):
        small_thing(
            stage, draw.uniform(-0.7, 0.7) * half, draw.uniform(-0.2, 0.2), 0.9, draw.uniform(0.05, 0.16), under
        )
    for side in (-1, 1):
        stage.add("plane", place((0, side * 0.35, 1.15), (math.pi / 2, 0, 0), (half, 0.25, 1)), glass, under)
        stage.add("plane", place((side * half, 0, 1.15), (0, math.pi / 2, 0), (0.25, 0.35, 1)), glass, under)
        for end in (-1, 1):
            stage.rod((side * half, end * 0.35, 0.9), (side * half, end * 0.35, 1.4), 0.012, metal, under)
    stage.add("plane", place((0, 0, 1.4), scale=(half, 0.35, 1)), glass, under)
