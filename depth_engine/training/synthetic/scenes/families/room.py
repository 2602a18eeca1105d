# SPDX-License-Identifier: Apache-2.0
"""Living rooms, bedrooms, offices and kitchens: furniture along the walls and in the middle, people now and then."""

from __future__ import annotations

import math

from mathutils import Vector

from .. import lights, materials, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import furniture, people
from ..props.interior import Room, glass_wall, hang, shell
from ..props.things import plant, small_thing
from ..stage import Stage, place
from . import Setting


def build(stage: Stage) -> Setting:
    draw = stage.draw
    room = Room((draw.uniform(1.6, 5), draw.uniform(1.6, 6)), draw.uniform(2.3, 3.4))
    shell(stage, room)
    for _ in range(draw.count(1, 5)):
        hang(stage, room)
    _furnish(stage, room)
    lights.interior(stage, room.half, room.height)

    def view(draw: Draw) -> Pose:
        return look_around(draw, room)

    return Setting(view, near=0.3, reach=1.2)


def look_around(draw: Draw, room: Room) -> Pose:
    """From anywhere in a room: mostly at eye height across it, else up or down."""
    x, y = (draw.uniform(-0.93, 0.93) * half for half in room.half)
    high = draw.weighted({draw.uniform(0.8, 1.8): 8, draw.uniform(0.2, 0.6): 1, room.height - 0.2: 1})
    kind = draw.weighted({"across": 85, "down": 9, "up": 6})
    if kind == "across":
        target = (
            draw.uniform(-0.8, 0.8) * room.half[0],
            draw.uniform(-0.8, 0.8) * room.half[1],
            draw.uniform(0.2, 1.5),
        )
    else:
        turn, far = draw.turn(), draw.uniform(0.3, 1.2)
        target = (x + math.cos(turn) * far, y + math.sin(turn) * far, 0.1 if kind == "down" else room.height)
    return pose(draw, (x, y, min(high, room.height - 0.15)), target, (45, 90))


def _furnish(stage: Stage, room: Room) -> None:
    draw = stage.draw
    along = {furniture.shelf: 0.25, furniture.sofa: 0.5, furniture.bed: 1.15}
    for _ in range(draw.count(2, 7)):
        piece = draw.weighted({furniture.shelf: 5, furniture.sofa: 3, furniture.bed: 1})
        x, y, turn = room.by_wall(draw, along[piece])
        piece(stage, x, y, turn)
    for _ in range(draw.count(0, 3)):
        x, y = room.inside(draw, 0.7)
        turn = draw.turn()
        furniture.table(stage, x, y, turn)
        for _ in range(draw.count(0, 4)):
            around, far = draw.turn(), draw.uniform(0.6, 1.1)
            at = (x + math.cos(around) * far, y + math.sin(around) * far)
            furniture.chair(stage, *at, around + math.pi / 2 + draw.normal(0.4))
    for _ in range(draw.count(0, 3)):
        x, y, _ = room.by_wall(draw, 0.3)
        if draw.chance(0.5):
            furniture.floor_lamp(stage, x, y)
        else:
            plant(stage, x, y, 0.0, draw.uniform(0.6, 1.5))
    for _ in range(draw.count(0, 8)):
        small_thing(stage, *room.inside(draw, 0.9), 0.0, draw.log(0.05, 0.3))
    if draw.chance(0.4):
        rug = materials.patterned(draw, draw.pick(["stripes", "checker", "cells", "plain", "noise"]))
        stage.box((*room.inside(draw, 0.5), 0.006), (draw.uniform(0.5, 1.4), draw.uniform(0.4, 1.0), 0.006), rug)
    if draw.chance(0.12):
        glass_wall(stage, room)
    for _ in range(draw.pick([0, 0, 0, 1, 1, 2])):
        _inhabit(stage, room)


def _inhabit(stage: Stage, room: Room) -> None:
    draw = stage.draw
    x, y = room.inside(draw, 0.7)
    if draw.chance(0.25):
        people.animal(stage, place((x, y, 0), (0, 0, draw.turn())), draw.uniform(0.35, 0.9))
    elif draw.chance(0.4):
        walk = motion.circle(Vector((x * 0.4, y * 0.4, 0)), draw.uniform(0.5, 1.2), draw.sign() * 0.9, draw.turn())
        people.person(stage, walk, walks=True)
    else:
        people.person(stage, place((x, y, 0), (0, 0, draw.turn())))
