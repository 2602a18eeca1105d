# SPDX-License-Identifier: Apache-2.0
"""Things of all shapes that drift and tumble in the air: no scene that anyone knows, so only geometry helps."""

from __future__ import annotations

from .. import lights, materials, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..stage import SMALL_SHAPES, Stage, place
from . import Setting


def build(stage: Stage) -> Setting:
    draw = stage.draw
    size = draw.log(0.3, 5)
    if draw.chance(0.6):
        stage.box((0, 0, -3.2 * size), (60 * size, 60 * size, 0.2 * size))
    if draw.chance(0.5):
        wall = place((0, draw.uniform(6, 14) * size, 0), (draw.uniform(-0.3, 0.3), 0, draw.uniform(-0.6, 0.6)))
        stage.box((0, 0, 0), (30 * size, 0.2 * size, 20 * size), materials.any_surface(draw), wall)
    for _ in range(draw.count(10, 70)):
        _drift(stage, size)
    lights.daylight(stage)

    def view(draw: Draw) -> Pose:
        eye = (draw.uniform(-0.5, 0.5) * size, draw.uniform(-2, 0) * size, draw.uniform(-0.5, 0.5) * size)
        target = (draw.uniform(-1, 1) * size, 6 * size, draw.uniform(-1, 1) * size)
        return pose(draw, eye, target, (40, 85))

    return Setting(view, near=0.15 * size, reach=1.5 * size, haze=(5 * size, 50 * size))


def _drift(stage: Stage, size: float) -> None:
    draw = stage.draw
    y, grown = draw.uniform(0.8, 11) * size, size * draw.log(0.08, 0.9)
    at = (draw.uniform(-1, 1) * (2 * size + y * 0.6), y, draw.uniform(-1, 1) * (size + y * 0.4))
    turn = (draw.turn(), draw.turn(), draw.turn())
    size_x, size_y, size_z = (grown * draw.uniform(0.3, 1.2) for _ in range(3))
    start = place(at, turn, (size_x, size_y, size_z))
    shape = draw.pick([*SMALL_SHAPES, "leaves0", "bush1", "rock2"])
    special = draw.weighted({"": 85, "mirror": 7, "glass": 8})
    material = materials.mirror(draw) if special == "mirror" else materials.thick_glass(draw) if special else None
    if draw.chance(0.6):
        stage.add(shape, place((0, 0, 0)), material, motion.tumble(draw, start))
    else:
        stage.add(shape, start, material)
