# SPDX-License-Identifier: Apache-2.0
"""Swings, climbing frames, slides and benches between trees: thin parts before far ones. Only ever held out."""

from __future__ import annotations

import math

from .. import lights, materials, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import people
from ..props.outdoors import building, fence, tree
from ..stage import Stage, place
from . import Setting


def build(stage: Stage) -> Setting:
    draw = stage.draw
    stage.box((0, 0, -0.1), (300, 300, 0.1), materials.ground(draw))
    for _ in range(draw.count(3, 6)):
        x, y = draw.uniform(-8, 8), draw.uniform(-8, 8)
        draw.pick([_swings, _frame, _slide, _bench])(stage, x, y, draw.turn())
    for _ in range(draw.count(6, 20)):
        tree(stage, *draw.around(12, 50))
    for _ in range(draw.count(0, 5)):
        building(stage, *draw.around(35, 90), (draw.uniform(4, 9), draw.uniform(4, 9)), draw.uniform(4, 18))
    for side in (-11, 11):
        if draw.chance(0.6):
            fence(stage, (side, -11), (side, 11), draw.uniform(0.8, 1.6))
    for _ in range(draw.count(1, 6)):
        start = place((draw.uniform(-7, 7), draw.uniform(-7, 7), 0), (0, 0, draw.turn()))
        people.person(stage, motion.drive(start, draw.uniform(1, 2.5), 8.0), walks=True)
    lights.daylight(stage)

    def view(draw: Draw) -> Pose:
        eye = (*draw.around(4, 13), draw.uniform(0.7, 2.0))
        return pose(draw, eye, (draw.uniform(-4, 4), draw.uniform(-4, 4), draw.uniform(0.3, 2)), (40, 80))

    return Setting(view, near=0.4, reach=3.0, haze=(40, 500), rain=True)


def _swings(stage: Stage, x: float, y: float, turn: float) -> None:
    draw = stage.draw
    under, metal, wide, high = (
        place((x, y, 0), (0, 0, turn)),
        stage.material(),
        draw.uniform(1.5, 3),
        draw.uniform(2, 2.6),
    )
    stage.rod((-wide, 0, high), (wide, 0, high), 0.05, metal, under)
    for end in (-wide, wide):
        for foot in (-0.9, 0.9):
            stage.rod((end, foot, 0), (end, 0, high), 0.04, metal, under)
    chain = materials.plain((0.2, 0.2, 0.2), 0.4, 0.8)
    for i in range(draw.count(1, 3)):
        at = -wide + (i + 1) * 2 * wide / 4
        hinge = under @ place((at, 0, high))
        sway = motion.swing(hinge, draw.uniform(0.1, 0.9), draw.uniform(1.8, 2.6), draw.turn())
        long = high - draw.uniform(0.4, 0.6)
        for side in (-0.2, 0.2):
            stage.rod((side, 0, -long), (side, 0, 0), 0.012, chain, sway)
        stage.box((0, 0, -long), (0.24, 0.1, 0.02), None, sway)


def _frame(stage: Stage, x: float, y: float, turn: float) -> None:
    """A climbing frame: a lattice of bars."""
    draw = stage.draw
    under, metal, cell, count = (
        place((x, y, 0), (0, 0, turn)),
        stage.material(),
        draw.uniform(0.5, 0.8),
        draw.count(2, 4),
    )
    size = cell * count
    for i in range(count + 1):
        for j in range(count + 1):
            a, b = i * cell, j * cell
            stage.rod((a, b, 0), (a, b, size), 0.02, metal, under)
            if j:
                stage.rod((0, a, b), (size, a, b), 0.02, metal, under)
                stage.rod((a, 0, b), (a, size, b), 0.02, metal, under)


def _slide(stage: Stage, x: float, y: float, turn: float) -> None:
    draw = stage.draw
    under, metal, high = place((x, y, 0), (0, 0, turn)), stage.material(), draw.uniform(1.4, 2.4)
    long = high * 1.5
    slope = math.atan2(high, long)
    middle, half = (0, long / 2, high / 2), math.hypot(high, long) / 2
    for at, size in (
        ((0, 0, 0), (0.25, half, 0.02)),
        ((-0.25, 0, 0.08), (0.02, half, 0.08)),
        ((0.25, 0, 0.08), (0.02, half, 0.08)),
    ):
        stage.box(at, size, metal, under @ place(middle, (-slope, 0, 0)))
    stage.box((0, -0.35, high), (0.3, 0.35, 0.03), None, under)
    for side in (-0.28, 0.28):
        stage.rod((side, -0.68, 0), (side, -0.68, high + 0.9), 0.025, metal, under)
        stage.rod((side, 0, 0), (side, 0, high + 0.7), 0.025, metal, under)
    for i in range(int(high / 0.25)):
        stage.rod((-0.28, -0.68, 0.25 * (i + 1)), (0.28, -0.68, 0.25 * (i + 1)), 0.015, metal, under)


def _bench(stage: Stage, x: float, y: float, turn: float) -> None:
    under, wood = place((x, y, 0), (0, 0, turn)), stage.material()
    for i in range(3):
        stage.box((0, 0.15 * i, 0.45), (0.8, 0.06, 0.02), wood, under)
        stage.box((0, -0.12, 0.6 + 0.13 * i), (0.8, 0.02, 0.05), wood, under)
    for side in (-0.65, 0.65):
        stage.box((side, 0.1, 0.22), (0.03, 0.25, 0.22), None, under)
