# SPDX-License-Identifier: Apache-2.0
"""Among trees: trunks near and far, undergrowth, a path, branches before the lens."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .. import lights, materials, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import people
from ..props.land import Heights, land
from ..props.outdoors import fence, tree
from ..stage import Stage, place
from . import Setting


def build(stage: Stage) -> Setting:
    draw = stage.draw
    path = draw.uniform(0.8, 2.5)

    def with_path(x: Heights, y: Heights, heights: Heights) -> Heights:
        level = np.clip((np.abs(x) - path) / 5, 0, 1)
        return heights * level + (1 - level) * 0.2 * np.sin(y / 9)

    field = land(stage, 60, draw.log(0.3, 3), materials.ground(draw), with_path)
    _plant(stage, path, field.at)
    if draw.chance(0.3):
        fence(stage, (path + 0.5, -20), (path + 0.8, 30), draw.uniform(0.8, 1.3))
    if draw.chance(0.4):
        start = place((draw.uniform(-0.5, 0.5) * path, draw.uniform(-5, 10), 0.05), (0, 0, draw.pick([0.0, math.pi])))
        people.person(stage, motion.drive(start, 1.2, 40.0), walks=True)
    lights.daylight(stage)

    def view(draw: Draw) -> Pose:
        x, y = draw.uniform(-1.4, 1.4) * path, draw.uniform(-28, 28)
        high = draw.weighted({draw.uniform(0.4, 2.0): 85, draw.uniform(6, 18): 15})
        turn = draw.normal(0.6) + (0.0 if y < 0 else math.pi)
        drop = draw.normal(0.1) if high < 5 else draw.uniform(-0.7, -0.1)
        if draw.chance(0.1):
            drop = draw.uniform(0.4, 1.5)
        eye = (x, y, field.at(x, y) + high)
        return pose(draw, eye, (x + math.sin(turn), y + math.cos(turn), eye[2] + drop), (40, 85))

    return Setting(view, near=0.4, reach=5.0, haze=(25, 400), rain=True)


def _plant(stage: Stage, path: float, at: Callable[[float, float], float]) -> None:
    draw = stage.draw
    kinds = draw.pick([["conifer"], ["leaves"], ["leaves", "bush", "bare"], ["bare"], ["conifer", "leaves"]])
    for _ in range(draw.count(40, 100)):
        side, x = draw.sign(), path + 0.6 + abs(draw.normal(9))
        y = draw.uniform(-40, 45)
        tree(stage, side * x, y, at(side * x, y), draw.uniform(4, 16), draw.pick(kinds))
    green = materials.foliage(draw)
    for _ in range(draw.pick([0, 20, 60])):
        x, y, size = draw.normal(8), draw.uniform(-30, 30), draw.log(0.3, 1.2)
        shape = draw.pick(["grass0", "grass1", "leaves0", "bush1"])
        stage.add(shape, place((x, y, at(x, y)), (0, 0, draw.turn()), (size, size, size * 0.7)), green)
    for _ in range(draw.count(0, 15)):
        x, y, size = draw.normal(8), draw.uniform(-30, 30), draw.log(0.1, 0.9)
        stage.add(f"rock{draw.count(0, 1)}", place((x, y, at(x, y)), (0, 0, draw.turn()), (size, size, size * 0.6)))
