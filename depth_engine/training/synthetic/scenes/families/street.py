# SPDX-License-Identifier: Apache-2.0
"""A street by day: two rows of houses, traffic near and far, people on the pavements, lamps and wires."""

from __future__ import annotations

import math

from .. import lights, materials, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import people
from ..props.outdoors import building, fence, street_lamp, tree, wires
from ..props.vehicles import bicycle, car
from ..stage import Stage, place
from . import Setting


def build(stage: Stage) -> Setting:
    road = lay_out(stage, lit=0.0)
    lights.daylight(stage)
    return Setting(lambda draw: look(draw, road), near=0.5, reach=8.0, haze=(40, 800), rain=True)


def lay_out(stage: Stage, lit: float) -> float:
    """Build a street along y; lit: share of windows with light, as at night. Returns half the road's width."""
    draw = stage.draw
    road, pavement = draw.uniform(2.8, 8), draw.uniform(1, 4)
    _ground(stage, road, pavement)
    tall = draw.weighted({6.0: 4, 12.0: 3, 30.0: 2})
    for side in (-1, 1):
        if draw.chance(0.88):
            _row(stage, side, road + pavement, tall, lit)
        _furnish(stage, side, road, pavement, lit)
    _traffic(stage, road, lit)
    for _ in range(draw.pick([0, 2, 4, 8])):
        _passer_by(stage, road, pavement)
    return road


def look(draw: Draw, road: float) -> Pose:
    """Along the street from a car, from the pavement, from a window; sometimes across, up or down."""
    kind = draw.weighted({"along": 60, "across": 20, "high": 12, "up": 8})
    x, y = draw.uniform(-1.3, 1.3) * road, draw.uniform(-25, 15)
    turn = draw.normal(0.25) + (math.pi if draw.chance(0.3) else 0.0)
    eye, drop = draw.uniform(0.9, 2.0), draw.normal(0.06)
    if kind == "across":
        turn = draw.sign() * math.pi / 2 + draw.normal(0.4)
        x = -math.copysign(road * 1.1, math.sin(turn))
    elif kind == "high":
        eye, drop = draw.uniform(4, 22), draw.uniform(-0.8, -0.15)
    elif kind == "up":
        drop = draw.uniform(0.3, 0.9)
    target = (x + math.sin(turn), y + math.cos(turn), eye + drop)
    return pose(draw, (x, y, eye), target, (40, 85))


def _ground(stage: Stage, road: float, pavement: float) -> None:
    draw = stage.draw
    stage.box((0, 0, -0.6), (400, 400, 0.5), materials.ground(draw))
    stage.box((0, 50, -0.1), (road, 250, 0.1), materials.asphalt(draw))
    paving = materials.patterned(draw, draw.pick(["tiles", "speckles", "bricks"]), None, draw.uniform(0.4, 1.5), 0.9)
    for side in (-1, 1):
        stage.box((side * (road + pavement / 2), 50, 0.0), (pavement / 2, 250, 0.13), paving)
    if draw.chance(0.7):
        paint = materials.plain((0.75, 0.75, 0.7), 0.8)
        for i in range(40):
            stage.box((0, -60 + i * 5, 0.003), (0.06, 1.1, 0.003), paint)
    if draw.chance(0.4):
        y = draw.uniform(-10, 25)
        for i in range(int(road)):
            stage.box((-road + 0.7 + 2 * i, y, 0.004), (0.25, 1.5, 0.004), materials.plain((0.8, 0.8, 0.78), 0.8))


def _row(stage: Stage, side: int, edge: float, tall: float, lit: float) -> None:
    draw = stage.draw
    y = -60.0
    while y < 130:
        half, deep = draw.uniform(3, 9), draw.uniform(4, 9)
        if draw.chance(0.85):
            back = draw.uniform(0, 2) if draw.chance(0.5) else 0.0
            height = tall * draw.uniform(0.6, 1.5)
            building(
                stage, side * (edge + deep + back), y + half, (deep, half), height, lit and draw.uniform(0.3, 1) * lit
            )
        y += 2 * half + (draw.uniform(1, 8) if draw.chance(0.3) else 0.1)


def _furnish(stage: Stage, side: int, road: float, pavement: float, lit: float) -> None:
    """Lamps, trees, fences, wires and parked cars along one side."""
    draw = stage.draw
    kerb = side * (road + 0.5)
    if draw.chance(0.7) or lit:
        gap = draw.uniform(12, 28)
        for i in range(6):
            street_lamp(stage, kerb, -30 + i * gap, -side, draw.uniform(150, 900) if lit else 0.0)
    if draw.chance(0.5):
        for i in range(draw.count(3, 10)):
            tree(
                stage,
                kerb + side * draw.uniform(0, 0.5) * pavement,
                -35 + i * draw.uniform(8, 14),
                0.0,
                draw.uniform(3, 9),
            )
    if draw.chance(0.25):
        fence(stage, (kerb, -20), (kerb, 40), draw.uniform(0.7, 1.2))
    if draw.chance(0.3):
        high = draw.uniform(5, 8)
        for i in range(5):
            y = -40 + i * 25
            stage.rod((kerb, y, 0), (kerb, y, high), 0.1, materials.bark(draw))
            for offset in (0.0, 0.4):
                wires(stage, (kerb + offset, y, high), (kerb + offset, y + 25, high))
    if draw.chance(0.5):
        _park(stage, side * (road - 1.1))


def _park(stage: Stage, x: float) -> None:
    draw = stage.draw
    y = -40.0
    while y < 90:
        if draw.chance(0.6):
            car(stage, place((x, y, 0), (0, 0, 0 if draw.chance(0.6) else math.pi)))
        y += draw.uniform(5.5, 9)


def _traffic(stage: Stage, road: float, lit: float) -> None:
    draw = stage.draw
    speed = draw.uniform(4, 16)
    for lane, turn in ((road * 0.35, 0.0), (-road * 0.35, math.pi)):
        for _ in range(draw.pick([0, 1, 2, 3, 5])):
            start = place((lane, draw.uniform(-50, 120), 0), (0, 0, turn))
            car(stage, motion.drive(start, speed * draw.uniform(0.8, 1.2), 160.0), lit > 0)


def _passer_by(stage: Stage, road: float, pavement: float) -> None:
    draw = stage.draw
    x, y = draw.sign() * (road + draw.uniform(0.2, 0.9) * pavement), draw.uniform(-22, 35)
    turn = draw.pick([0.0, math.pi]) + draw.normal(0.1)
    if draw.chance(0.15):
        bicycle(stage, place((x, y, 0.13), (0, 0, turn)))
    elif draw.chance(0.65):
        start = place((x, y, 0.13), (0, 0, turn))
        people.person(stage, motion.drive(start, draw.uniform(1.0, 1.6), 70.0), walks=True)
    else:
        people.person(stage, place((x, y, 0.13), (0, 0, draw.turn())))
