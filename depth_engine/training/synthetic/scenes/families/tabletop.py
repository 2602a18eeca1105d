# SPDX-License-Identifier: Apache-2.0
"""Things on a table, from near: still lifes, desks, dinner tables."""

from __future__ import annotations

import math

from .. import lights
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import furniture
from ..props.backdrop import backdrop
from ..props.things import books, plant, small_thing
from ..stage import Stage
from . import Setting


def build(stage: Stage) -> Setting:
    draw = stage.draw
    height = draw.uniform(0.4, 0.9)
    kind = backdrop(stage, draw.uniform(1.2, 4))
    furniture.table(
        stage, 0, 0, draw.uniform(0, 3), height, (draw.uniform(0.5, 1.2), draw.uniform(0.4, 0.8)), laid=False
    )
    for _ in range(draw.count(3, 22)):
        small_thing(stage, draw.uniform(-0.4, 0.4), draw.uniform(-0.3, 0.3), height, draw.log(0.02, 0.14))
    for _ in range(draw.pick([0, 0, 1, 2])):
        plant(stage, draw.uniform(-0.35, 0.35), draw.uniform(-0.2, 0.3), height, draw.uniform(0.15, 0.6))
    if draw.chance(0.3):
        books(stage, -0.4, draw.uniform(-0.2, 0.3), draw.uniform(0, 0.25), height, 0.1, draw.uniform(0.18, 0.28))
    for _ in range(draw.pick([0, 1, 2])):
        furniture.chair(stage, draw.uniform(-1.3, 1.3), draw.sign() * draw.uniform(0.7, 1.4), draw.turn())
    if kind == "open":
        lights.daylight(stage)
    else:
        lights.sky(stage, draw.uniform(0.2, 1))
        at = (draw.uniform(-1.5, 1.5), draw.uniform(-1.5, 0.5), 2.5)
        lights.area(stage, at, draw.uniform(20, 90), draw.uniform(0.3, 1.5), lights.lamp_color(draw))

    def view(draw: Draw) -> Pose:
        target = (draw.uniform(-0.2, 0.2), draw.uniform(-0.15, 0.15), height + draw.uniform(0, 0.2))
        far, turn, rise = draw.log(0.28, 1.8), draw.normal(0.8), draw.uniform(0.05, 1.1) if draw.chance(0.9) else 1.5
        eye = (
            target[0] + math.sin(turn) * far * math.cos(rise),
            target[1] - math.cos(turn) * far * math.cos(rise),
            target[2] + far * math.sin(rise),
        )
        return pose(draw, eye, target, (30, 70))

    return Setting(view, near=0.08, reach=0.5)
