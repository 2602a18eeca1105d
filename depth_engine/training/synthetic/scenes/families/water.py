# SPDX-License-Identifier: Apache-2.0
"""Lakes, rivers and coasts: a mirroring surface between banks, boats, piers, reeds."""

from __future__ import annotations

import math

import numpy as np

from .. import lights, materials, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import people
from ..props.land import Heights, land
from ..props.outdoors import building, tree
from ..stage import Stage, place
from . import Setting
from .terrain import mountains


def build(stage: Stage) -> Setting:
    draw = stage.draw
    wide, half = draw.log(3, 35), 150.0
    bank = draw.uniform(0.4, 2.0)

    def shore(x: Heights, y: Heights, heights: Heights) -> Heights:
        away = np.abs(x + 4 * np.sin(y / 30)) - wide
        return np.clip(away / 4, -1, 1) * bank + np.clip(away / 40, 0, 1) * (heights + 2)

    field = land(stage, half, draw.log(1, 8), materials.ground(draw), shore, 140)
    stage.box((0, 0, -0.5), (400, 400, 0.5), materials.water(draw))
    if draw.chance(0.5):
        mountains(stage, half)
    for _ in range(draw.count(10, 45)):
        x, y = draw.sign() * (wide + 2 + abs(draw.normal(25))), draw.uniform(-60, 120)
        tree(stage, x, y, field.at(x, y))
    for _ in range(draw.pick([0, 0, 2, 6])):
        x, y = draw.sign() * (wide + draw.uniform(8, 30)), draw.uniform(-40, 100)
        building(stage, x, y, (draw.uniform(3, 6), draw.uniform(3, 6)), field.at(x, y) + draw.uniform(4, 10))
    green = materials.foliage(draw)
    for _ in range(draw.pick([0, 15, 50])):
        at = (draw.sign() * (wide + draw.normal(1)), draw.uniform(-30, 50), -0.1)
        stage.add(f"grass{draw.count(0, 1)}", place(at, (0, 0, draw.turn()), draw.uniform(0.7, 1.6)), green)
    if draw.chance(0.6):
        _pier(stage, wide)
    for _ in range(draw.count(0, 4)):
        _boat(stage, wide)
    lights.daylight(stage)

    def view(draw: Draw) -> Pose:
        x, y = draw.uniform(-1.1, 1.1) * wide, draw.uniform(-40, 40)
        high = max(0.2, field.at(x, y)) + draw.weighted({draw.log(0.4, 3): 8, draw.log(4, 25): 2})
        turn = draw.normal(0.7) if draw.chance(0.6) else draw.turn()
        drop = draw.normal(0.1) if high < 4 else draw.uniform(-0.5, 0)
        return pose(draw, (x, y, high), (x + math.sin(turn), y + math.cos(turn), high + drop), (40, 80))

    return Setting(view, near=0.4, reach=6.0, haze=(60, 2000), rain=True)


def _pier(stage: Stage, wide: float) -> None:
    draw = stage.draw
    wood, y, long = stage.material(), draw.uniform(-10, 20), min(wide, draw.uniform(4, 15))
    side = draw.sign()
    stage.box((side * (wide - long / 2), y, 0.6), (long / 2 + 2, 0.8, 0.05), wood)
    for i in range(int(long / 1.5) + 1):
        for edge in (-0.7, 0.7):
            x = side * (wide - i * 1.5)
            stage.rod((x, y + edge, -1), (x, y + edge, draw.pick([0.6, 1.5])), 0.07, wood)
    if draw.chance(0.5):
        people.person(stage, place((side * (wide - long * 0.6), y, 0.65), (0, 0, draw.turn())))


def _boat(stage: Stage, wide: float) -> None:
    """A hull, a bench, perhaps a cabin, a mast and a sail."""
    draw = stage.draw
    at = (draw.uniform(-0.8, 0.8) * wide, draw.uniform(-15, 60), 0.1)
    under = motion.drive(place(at, (0, 0, draw.turn())), draw.uniform(0, 3), 80.0)
    long = draw.uniform(1.2, 4)
    paint = stage.material()
    stage.add("rounded", place((0, 0, 0.1), scale=(long * 0.35, long, 0.4)), paint, under)
    stage.box((0, 0, 0.5), (long * 0.25, long * 0.1, 0.04), None, under)
    if draw.chance(0.4):
        stage.box((0, -long * 0.3, 0.9), (long * 0.22, long * 0.3, 0.45), None, under)
    if draw.chance(0.5):
        stage.rod((0, 0.1, 0.3), (0, 0.1, long * 2), 0.03, None, under)
        if draw.chance(0.6):
            cloth = materials.plain((0.8, 0.8, 0.76), 0.9)
            stage.add(
                "plane", place((0, -long * 0.4, long), (0, math.pi / 2, 0), (long * 0.7, long * 0.45, 1)), cloth, under
            )
