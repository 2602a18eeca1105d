# SPDX-License-Identifier: Apache-2.0
"""Open country: hills, rocks, scattered trees, mountains far away, a house or an animal."""

from __future__ import annotations

import math

import numpy as np

from .. import lights, materials, meshes, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import people
from ..props.land import Land, land
from ..props.outdoors import building, fence, tree
from ..stage import Stage, place
from . import Setting


def build(stage: Stage) -> Setting:
    draw = stage.draw
    half = draw.log(40, 250)
    field = land(stage, half, half * draw.log(0.015, 0.12), materials.ground(draw))
    if draw.chance(0.6):
        mountains(stage, half)
    _scatter(stage, field)
    lights.daylight(stage)
    return Setting(lambda draw: look(draw, field), near=0.6, reach=10.0, haze=(60, 2500), rain=True)


def mountains(stage: Stage, half: float) -> None:
    """A ring of mountains around the scene."""
    draw = stage.draw
    rock = materials.ground(draw)
    for _ in range(draw.count(3, 9)):
        turn, far, wide = draw.turn(), half * draw.uniform(2, 8), half * draw.uniform(0.8, 2.5)
        heights = meshes.fractal(48, draw.uniform(1.6, 2.2), draw.count(0, 2**31 - 1))
        peak = wide * draw.uniform(0.15, 0.6)
        axis = np.linspace(-1, 1, 48)
        dome = (1 - axis[:, None] ** 2) * (1 - axis**2)
        shaped = (heights * 0.35 + 1.0) * dome * peak - peak * 0.15
        stage.add(meshes.grid(shaped, wide), place((math.cos(turn) * far, math.sin(turn) * far, 0)), rock)


def look(draw: Draw, field: Land) -> Pose:
    """From a walker's height, from low, or from a drone; sometimes up or far down."""
    x, y = (draw.uniform(-0.6, 0.6) * field.half for _ in range(2))
    kind = draw.weighted({"walk": 60, "low": 12, "drone": 25, "up": 4})
    rise = {"walk": draw.uniform(1.2, 2.2), "low": draw.uniform(0.3, 0.8), "drone": draw.log(4, 50), "up": 1.6}[kind]
    eye = field.at(x, y) + rise
    turn, far = draw.turn(), draw.uniform(10, 40)
    ahead = (x + math.sin(turn) * far, y + math.cos(turn) * far)
    drop = field.at(*ahead) + draw.uniform(0, 2)
    if kind == "drone":
        drop = eye - far * draw.uniform(0.1, 1.5)
    if kind == "up":
        drop = eye + far * draw.uniform(0.2, 0.6)
    return pose(draw, (x, y, eye), (*ahead, drop), (35, 80))


def _scatter(stage: Stage, field: Land) -> None:
    draw = stage.draw

    def spot(share: float = 0.7) -> tuple[float, float, float]:
        x, y = draw.normal(0.4) * share * field.half, draw.normal(0.4) * share * field.half
        return x, y, field.at(x, y)

    for _ in range(draw.pick([0, 4, 12, 30, 50])):
        tree(stage, *spot())
    for _ in range(draw.pick([0, 5, 15, 40])):
        x, y, z = spot()
        size = draw.log(0.2, 3.5)
        turn = (draw.uniform(0, 6), draw.uniform(0, 6), draw.turn())
        stage.add(f"rock{draw.count(0, 2)}", place((x, y, z + size * 0.3), turn, (size, size * 0.8, size * 0.6)))
    green = materials.foliage(draw)
    for _ in range(draw.pick([0, 0, 20, 60])):
        stage.add(f"grass{draw.count(0, 1)}", place(spot(0.5), (0, 0, draw.turn()), draw.log(0.5, 1.6)), green)
    for _ in range(draw.pick([0, 0, 0, 1, 3])):
        x, y, z = spot()
        building(stage, x, y, (draw.uniform(3, 7), draw.uniform(3, 7)), z + draw.uniform(3, 8))
    if draw.chance(0.3):
        (ax, ay, az), (bx, by, _) = spot(0.3), spot(0.3)
        fence(stage, (ax, ay), (bx, by), draw.uniform(0.8, 1.4), az)
    for _ in range(draw.pick([0, 0, 1, 2, 5])):
        x, y, z = spot(0.35)
        start = place((x, y, z), (0, 0, draw.turn()))
        if draw.chance(0.5):
            people.animal(stage, motion.drive(start, draw.uniform(0, 1.2), 30.0), draw.uniform(0.6, 1.8))
        else:
            people.person(stage, start)
