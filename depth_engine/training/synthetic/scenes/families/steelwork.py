# SPDX-License-Identifier: Apache-2.0
"""Building sites and yards: scaffolds, lattice masts, cranes, ladders, mesh and wires before far things and the sky."""

from __future__ import annotations

import itertools
import math

import bpy
from mathutils import Matrix

from .. import lights, materials, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import people
from ..props.outdoors import building, fence, tree, wires
from ..props.vehicles import car
from ..stage import Place, Stage, place
from . import Setting

Corners = list[tuple[float, float]]


def build(stage: Stage) -> Setting:
    draw = stage.draw
    stage.box((0, 0, -0.1), (300, 300, 0.1), materials.ground(draw) if draw.chance(0.7) else materials.asphalt(draw))
    for _ in range(draw.count(4, 11)):
        at = place((draw.uniform(-9, 9), draw.uniform(-9, 9), 0), (0, 0, draw.turn()))
        draw.pick([_scaffold, _mast, _ladder, _mesh, _stack, _portal, _pipes])(stage, at)
    for _ in range(draw.count(0, 3)):
        at = (*draw.around(25, 80), 0)
        draw.pick([_mast, _crane])(stage, place(at, (0, 0, draw.turn())))
    if draw.chance(0.6):
        _line(stage)
    _around(stage)
    lights.daylight(stage)

    def view(draw: Draw) -> Pose:
        eye = (*draw.around(2.5, 13), draw.uniform(0.5, 2.2) if draw.chance(0.8) else 6.0)
        return pose(draw, eye, (draw.uniform(-6, 6), draw.uniform(-6, 6), draw.uniform(0.3, 5)), (35, 80))

    return Setting(view, near=0.4, reach=4.0, haze=(40, 800), rain=True)


def _around(stage: Stage) -> None:
    """What stands behind, and who walks between."""
    draw = stage.draw
    for _ in range(draw.count(0, 12)):
        tree(stage, *draw.around(16, 60))
    for _ in range(draw.count(0, 5)):
        building(stage, *draw.around(35, 120), (draw.uniform(4, 12), draw.uniform(4, 12)), draw.uniform(4, 30))
    for _ in range(draw.pick([0, 0, 1, 3])):
        car(stage, place((draw.uniform(-15, 15), draw.uniform(-15, 15), 0), (0, 0, draw.turn())))
    for _ in range(draw.count(0, 4)):
        start = place((draw.uniform(-9, 9), draw.uniform(-9, 9), 0), (0, 0, draw.turn()))
        people.person(stage, motion.drive(start, draw.uniform(0.8, 1.6), 8.0), walks=True)
    if draw.chance(0.4):
        side = draw.uniform(9, 16)
        fence(stage, (side, -15), (side, 15), draw.uniform(0.9, 2.0))


def _metal(stage: Stage) -> bpy.types.Material:
    """Bare, painted, or dark as against the light."""
    draw = stage.draw
    if draw.chance(0.3):
        return stage.material()
    grey = draw.log(0.02, 0.6)
    return materials.plain((grey, grey, grey) if draw.chance(0.6) else draw.color(), draw.uniform(0.2, 0.8), 0.6)


def _scaffold(stage: Stage, under: Matrix) -> None:
    """Standards, ledgers, planks and some braces."""
    draw = stage.draw
    metal, bays, floors = _metal(stage), draw.count(2, 6), draw.count(1, 5)
    long, deep, rise, thick = draw.uniform(1.5, 2.5), draw.uniform(0.7, 1.2), draw.uniform(1.8, 2.2), 0.024
    top = floors * rise + 1.0
    for i, y in itertools.product(range(bays + 1), (0.0, deep)):
        stage.rod((i * long, y, 0), (i * long, y, top), thick, metal, under)
    for floor in range(1, floors + 1):
        high = floor * rise
        for y, above in itertools.product((0.0, deep), (0.0, 0.5, 1.0)):
            stage.rod((0, y, high + above), (bays * long, y, high + above), thick, metal, under)
        stage.box((bays * long / 2, deep / 2, high), (bays * long / 2, deep / 2, 0.025), None, under)
        for i in range(bays):
            if draw.chance(0.4):
                stage.rod((i * long, 0, high - rise), ((i + 1) * long, 0, high), thick, metal, under)


def _lattice(
    stage: Stage, rings: list[tuple[Corners, float]], thick: float, metal: bpy.types.Material, under: Matrix
) -> None:
    """Four legs through square rings of corners at heights, with crossed bars on each side."""
    for (low, z), (high, up) in itertools.pairwise(rings):
        for i in range(4):
            j = (i + 1) % 4
            stage.rod((*low[i], z), (*high[i], up), thick, metal, under)
            stage.rod((*low[i], z), (*high[j], up), thick * 0.6, metal, under)
            stage.rod((*high[i], up), (*high[j], up), thick * 0.6, metal, under)


def _square(half: float) -> Corners:
    return [(half, half), (-half, half), (-half, -half), (half, -half)]


def _mast(stage: Stage, under: Matrix) -> None:
    """A tower of bars that grows narrower, as of a power line, with arms or without."""
    draw = stage.draw
    high, foot, count, metal = draw.log(5, 30), draw.uniform(0.03, 0.1), draw.count(5, 9), _metal(stage)
    thick = high * 0.004 + 0.015
    rings = [(_square(high * foot * (1 - 0.85 * i / count)), high * i / count) for i in range(count + 1)]
    _lattice(stage, rings, thick, metal, under)
    for level in range(draw.count(0, 3)):
        z, reach = high * (0.95 - 0.12 * level), high * draw.uniform(0.1, 0.25)
        for side in (-1, 1):
            stage.rod((0, 0, z), (side * reach, 0, z), thick, metal, under)
            stage.rod((0, 0, z + 0.05 * high), (side * reach, 0, z), thick * 0.6, metal, under)


def _crane(stage: Stage, under: Matrix) -> None:
    draw = stage.draw
    high, reach, half, metal = draw.uniform(20, 40), draw.uniform(15, 35), draw.uniform(0.5, 0.9), _metal(stage)
    _lattice(stage, [(_square(half), 2.0 * half * i) for i in range(int(high / (2 * half)) + 1)], 0.07, metal, under)
    along = under @ place((0, 0, high)) @ Matrix.Rotation(math.pi / 2, 4, "Y")
    span = 2.0 * half
    rings = [(_square(half * 0.8), span * i) for i in range(-int(reach / span / 3), int(reach / span) + 1)]
    _lattice(stage, rings, 0.05, metal, along)
    stage.rod((0, 0, high), (0, 0, high + 5), 0.15, metal, under)
    for end in (-reach / 3, reach * 0.7):
        stage.rod((0, 0, high + 5), (end, 0, high + half), 0.03, metal, under)
    hook = draw.uniform(0.3, 0.9) * reach
    stage.rod((hook, 0, high), (hook, 0, high * draw.uniform(0.2, 0.7)), 0.03, metal, under)


def _ladder(stage: Stage, under: Matrix) -> None:
    """One that leans, or an antenna's straight mast with rungs."""
    draw = stage.draw
    metal, high, wide = _metal(stage), draw.uniform(2, 7), draw.uniform(0.2, 0.3)
    lean = high * draw.pick([0.0, 0.25, 0.4])
    for side in (-wide, wide):
        stage.rod((side, 0, 0), (side, lean, high), 0.025, metal, under)
    for i in range(1, int(high / 0.3)):
        share = 0.3 * i / high
        stage.rod((-wide, lean * share, 0.3 * i), (wide, lean * share, 0.3 * i), 0.014, metal, under)


def _mesh(stage: Stage, under: Matrix) -> None:
    """Panels of a site's fence: a frame and wires across it."""
    draw = stage.draw
    metal, wide, high, gap = _metal(stage), draw.uniform(2, 3.5), draw.uniform(1.2, 2.2), draw.uniform(0.1, 0.25)
    for panel in range(draw.count(1, 4)):
        left = panel * wide
        for x in (left, left + wide):
            stage.rod((x, 0, 0), (x, 0, high), 0.022, metal, under)
        for z in (0.1, high):
            stage.rod((left, 0, z), (left + wide, 0, z), 0.018, metal, under)
        for i in range(1, int(wide / gap)):
            stage.rod((left + i * gap, 0, 0.1), (left + i * gap, 0, high), 0.006, metal, under)
        for i in range(1, int(high / gap / 2)):
            stage.rod((left, 0, 0.1 + 2 * i * gap), (left + wide, 0, 0.1 + 2 * i * gap), 0.006, metal, under)


def _stack(stage: Stage, under: Matrix) -> None:
    """Goods on a rack of open shelves."""
    draw = stage.draw
    metal, wide, deep, floors = _metal(stage), draw.uniform(1, 2.5), draw.uniform(0.4, 0.9), draw.count(2, 4)
    rise = draw.uniform(0.6, 1.3)
    for x, y in itertools.product((0.0, wide), (0.0, deep)):
        stage.rod((x, y, 0), (x, y, floors * rise), 0.03, metal, under)
    for floor in range(1, floors + 1):
        stage.box((wide / 2, deep / 2, floor * rise), (wide / 2, deep / 2, 0.02), metal, under)
        for _ in range(draw.count(0, 3)):
            half = draw.uniform(0.1, 0.25)
            at = (draw.uniform(half, wide - half), deep / 2, floor * rise + 0.02 + half)
            stage.add(draw.pick(["box", "rounded", "cylinder"]), place(at, (0, 0, draw.turn()), half), None, under)


def _portal(stage: Stage, under: Matrix) -> None:
    """A gate or goal of pipes; sometimes something hangs from it on ropes."""
    draw = stage.draw
    metal, wide, high, thick = _metal(stage), draw.uniform(1, 4), draw.uniform(1.5, 4), draw.uniform(0.02, 0.08)
    for side in (-wide, wide):
        stage.rod((side, 0, 0), (side, 0, high), thick, metal, under)
        if draw.chance(0.5):
            stage.rod((side, 1.2, 0), (side, 0, high), thick * 0.7, metal, under)
    stage.rod((-wide, 0, high), (wide, 0, high), thick, metal, under)
    if draw.chance(0.5):
        rope = materials.plain((0.1, 0.09, 0.07))
        at, low = draw.uniform(-0.6, 0.6) * wide, high * draw.uniform(0.3, 0.7)
        sway = motion.swing(under @ place((at, 0, high)), draw.uniform(0.02, 0.25), draw.uniform(2, 4), draw.turn())
        half = draw.uniform(0.1, 0.4)
        stage.rod((0, 0, -low), (0, 0, 0), 0.012, rope, sway)
        stage.add(draw.pick(["box", "ball", "cylinder"]), place((0, 0, -low), (0, 0, 0), half), None, sway)


def _pipes(stage: Stage, under: Matrix) -> None:
    """Loose bars that lean and lie across one another."""
    draw = stage.draw
    for _ in range(draw.count(3, 14)):
        foot: Place = (draw.uniform(-1.5, 1.5), draw.uniform(-1.5, 1.5), 0.0)
        tip = (draw.uniform(-2.5, 2.5), draw.uniform(-2.5, 2.5), draw.uniform(0.2, 4))
        stage.rod(foot, tip, draw.log(0.008, 0.08), _metal(stage), under)


def _line(stage: Stage) -> None:
    """Poles with wires right across the scene."""
    draw = stage.draw
    high, gap, aside = draw.uniform(4, 8), draw.uniform(10, 25), draw.uniform(-15, 15)
    wood, offsets = materials.bark(draw), draw.pick([(0.0,), (-0.5, 0.5), (-0.7, 0.0, 0.7)])
    for i in range(-2, 4):
        stage.rod((aside, i * gap, 0), (aside, i * gap, high + 0.3), 0.09, wood)
        stage.rod((aside - 0.9, i * gap, high), (aside + 0.9, i * gap, high), 0.05, wood)
        for offset in offsets:
            wires(stage, (aside + offset, i * gap, high), (aside + offset, (i + 1) * gap, high), draw.uniform(0.2, 1))
