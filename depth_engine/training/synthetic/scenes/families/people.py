# SPDX-License-Identifier: Apache-2.0
"""People as subjects: one, a few or a crowd, before a wall, in a room or outdoors; portraits and full figures."""

from __future__ import annotations

import math

from .. import lights, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import furniture, people
from ..props.backdrop import backdrop
from ..props.things import small_thing
from ..stage import Stage, place
from . import Setting


def build(stage: Stage) -> Setting:
    draw = stage.draw
    distance = draw.uniform(2, 6)
    kind = backdrop(stage, distance)
    count, gap = draw.pick([1, 1, 1, 2, 2, 3, 5, 9]), draw.uniform(0.5, 1.4)
    spots: list[tuple[float, float]] = []
    for i in range(count):
        x = (i - (count - 1) / 2) * gap + draw.uniform(-0.2, 0.2)
        spots.append((x, draw.uniform(-0.6, 1.3)))
        _stand(stage, *spots[-1], facing=draw.chance(0.6))
    if draw.chance(0.25):
        at = place((draw.uniform(-1, 1), draw.uniform(-0.5, 1), 0), (0, 0, draw.turn()))
        people.animal(stage, at, draw.uniform(0.4, 1))
    if draw.chance(0.4):
        piece = draw.pick([furniture.chair, furniture.sofa, furniture.table])
        piece(stage, draw.sign() * draw.uniform(0.8, 1.6), draw.uniform(0, 1.5), draw.uniform(0, 6))
    for _ in range(draw.count(0, 5)):
        small_thing(stage, draw.uniform(-3, 3), draw.uniform(-0.5, 3), 0, draw.uniform(0.1, 0.4))
    if kind == "open":
        lights.daylight(stage)
    else:
        lights.sky(stage, draw.uniform(0.3, 1))
        lights.area(stage, (draw.uniform(-2, 2), draw.uniform(-3, 0), 2.8), draw.uniform(50, 200), draw.uniform(0.4, 2))
        if draw.chance(0.4):
            lights.sun(stage, draw.uniform(0.4, 1.2), draw.turn(), draw.uniform(1, 4), 0.05)

    def view(draw: Draw) -> Pose:
        x, y = draw.pick(spots)
        target = (x + draw.normal(0.2), y + draw.normal(0.2), draw.uniform(0.7, 1.55))
        far, turn = draw.log(0.9, 6), draw.normal(0.5)
        high = draw.uniform(0.6, 2.0) if draw.chance(0.85) else draw.uniform(2, 2.7)
        if far < 1.5:
            high = target[2] + draw.uniform(-0.2, 0.2)
        return pose(draw, (target[0] + math.sin(turn) * far, target[1] - math.cos(turn) * far, high), target, (30, 75))

    return Setting(view, near=0.35, reach=1.5, haze=(30, 400) if kind == "open" else None, rain=kind == "open")


def _stand(stage: Stage, x: float, y: float, facing: bool) -> None:
    """Standing, sitting on a block, or walking by."""
    draw = stage.draw
    turn = math.pi + draw.uniform(-0.7, 0.7) if facing else draw.turn()
    doing = draw.weighted({"stand": 55, "walk": 30, "sit": 15})
    if doing == "walk":
        start = place((x, y, 0), (0, 0, draw.sign() * math.pi / 2 + draw.normal(0.4)))
        people.person(stage, motion.drive(start, draw.uniform(0.8, 1.6), draw.uniform(3, 6)), walks=True)
        return
    if doing == "sit":
        stage.box((0, 0.02, 0.22), (0.25, 0.25, 0.22), None, place((x, y, 0), (0, 0, turn)))
    people.person(stage, place((x, y, 0), (0, 0, turn)), seated=doing == "sit")
