# SPDX-License-Identifier: Apache-2.0
"""Corridors, tunnels and stairwells: long straight lines, repeated doors, steps seen from above and below."""

from __future__ import annotations

import math

import bpy

from .. import lights, materials, motion
from ..cameras import Pose, pose
from ..draw import Draw
from ..props import people
from ..props.interior import floor
from ..props.things import plant, small_thing
from ..stage import Stage, let_light_through, place
from . import Setting


def build(stage: Stage) -> Setting:
    return _stairs(stage) if stage.draw.chance(0.45) else _corridor(stage)


def _corridor(stage: Stage) -> Setting:
    """Along y from 0 to its length."""
    draw = stage.draw
    half, high, length = draw.uniform(0.7, 2.2), draw.uniform(2.2, 3.6), draw.uniform(8, 45)
    middle = length / 2
    wall = materials.facade(draw, "bricks", draw.uniform(0.8, 2)) if draw.chance(0.3) else materials.any_surface(draw)
    stage.box((0, middle, -0.1), (half, middle, 0.1), floor(draw))
    shell = [stage.box((side * (half + 0.1), middle, high / 2), (0.1, middle, high / 2), wall) for side in (-1, 1)]
    shell.append(stage.box((0, middle, high + 0.1), (half, middle, 0.1), materials.plain((0.75, 0.75, 0.73))))
    shell += [stage.box((0, end, high / 2), (half, 0.1, high / 2)) for end in (-0.1, length + 0.1)]
    let_light_through(*shell)
    _line(stage, half, high, length)
    lights.sky(stage, draw.log(0.05, 0.7))
    for _ in range(draw.pick([0, 0, 1, 2])):
        turn = draw.pick([0.0, math.pi])
        start = place((draw.uniform(-0.5, 0.5) * half, draw.uniform(2, length - 1), 0), (0, 0, turn))
        people.person(stage, motion.drive(start, draw.uniform(0.9, 1.5), length * 0.4), walks=True)

    def view(draw: Draw) -> Pose:
        x, y, z = (
            draw.uniform(-0.6, 0.6) * half,
            draw.uniform(0.05, 0.95) * length,
            draw.uniform(0.5, min(2.0, high - 0.3)),
        )
        turn = draw.normal(0.2) + (0.0 if y < middle else math.pi)
        if draw.chance(0.15):
            turn += draw.sign() * draw.uniform(0.5, 1.3)
        target = (x + math.sin(turn), y + math.cos(turn), z + draw.normal(0.12))
        return pose(draw, (x, y, z), target, (50, 90))

    moves = {"dolly": 40.0, "handheld": 35.0, "static": 8.0, "pan": 10.0, "drone": 3.0}
    return Setting(view, near=0.3, reach=3.0, moves=moves)


def _line(stage: Stage, half: float, high: float, length: float) -> None:
    """Doors, lamps, pipes, pillars and clutter at regular distances."""
    draw = stage.draw
    gap, door, frame = draw.uniform(1.8, 5), stage.material(), stage.material()
    kinds = {name: draw.chance(share) for name, share in {"doors": 0.7, "pillars": 0.25, "pipes": 0.35}.items()}
    color, power = lights.lamp_color(draw), draw.log(8, 60)
    for i in range(int(length / gap)):
        y = (i + 0.5) * gap
        if i % 2 == 0 and draw.chance(0.85):
            stage.box((0, y, high - 0.02), (0.12, 0.5, 0.02), materials.plain((1, 1, 0.95), glow=8.0))
            lights.area(stage, (0, y, high - 0.06), power, 0.6, color)
        for side in (-1, 1):
            if kinds["doors"] and draw.chance(0.7):
                stage.box((side * half, y, 1.02), (0.04, 0.45, 1.02), door)
                stage.box((side * half, y, 1.05), (0.03, 0.52, 1.08), frame)
            if kinds["pillars"]:
                stage.box((side * (half - 0.1), y + gap / 2, high / 2), (0.1, 0.15, high / 2), frame)
            if draw.chance(0.12):
                plant(stage, side * (half - 0.3), y + 0.8, 0.0, draw.uniform(0.5, 1.2))
            if draw.chance(0.12):
                small_thing(stage, side * (half - 0.3), y - 0.8, 0.0, draw.uniform(0.1, 0.35))
    if kinds["pipes"]:
        for _ in range(draw.count(1, 4)):
            x, z = draw.uniform(-0.9, 0.9) * half, high - draw.uniform(0.08, 0.3)
            stage.rod((x, 0, z), (x, length, z), draw.uniform(0.02, 0.08))


def _stairs(stage: Stage) -> Setting:
    """A straight flight along y, between walls or free, with a railing of thin bars and landings."""
    draw = stage.draw
    half, rise, tread, steps = (
        draw.uniform(0.6, 3),
        draw.uniform(0.14, 0.2),
        draw.uniform(0.25, 0.36),
        draw.count(7, 20),
    )
    top, run = rise * steps, tread * steps
    stone = (
        stage.material() if draw.chance(0.6) else materials.patterned(draw, draw.pick(["planks", "speckles", "tiles"]))
    )
    for i in range(steps):
        stage.box((0, (i + 0.5) * tread, (i + 0.5) * rise), (half, tread / 2, rise / 2), stone)
        stage.box((0, (i + 0.5) * tread + 0.1, i * rise / 2), (half, tread / 2, i * rise / 2 + 0.01), stone)
    stage.box((0, -4, -0.1), (half + 4, 4, 0.1), floor(draw))
    stage.box((0, run + 3, top / 2), (half + 1, 3, top / 2), stone)
    indoors = draw.chance(0.7)
    wall = materials.any_surface(draw)
    high = top + 3
    if indoors:
        shell = [stage.box((side * (half + 0.1), 0, high / 2), (0.1, 9 + run, high / 2), wall) for side in (-1, 1)]
        shell += [stage.box((0, end, high / 2), (half, 0.1, high / 2)) for end in (-6, run + 5)]
        shell.append(stage.box((0, 0, high), (half, 9 + run, 0.1), materials.plain((0.75, 0.75, 0.73))))
        let_light_through(*shell)
        lights.interior(stage, (half, 4), high)
    else:
        stage.box((0, 0, -0.2), (200, 200, 0.1), materials.ground(draw))
        lights.daylight(stage)
    metal = stage.material()
    for side in (-1, 1):
        if draw.chance(0.75):
            _railing(stage, side * (half - 0.06), tread, rise, steps, metal)
    if draw.chance(0.4):
        step = draw.count(1, steps - 1)
        at = (draw.uniform(-0.5, 0.5) * half, (step + 0.5) * tread, (step + 1) * rise)
        people.person(stage, place(at, (0, 0, draw.pick([0.0, math.pi]))))

    def view(draw: Draw) -> Pose:
        x, aside = draw.uniform(-0.7, 0.7) * half, draw.uniform(-0.5, 0.5) * half
        if draw.chance(0.55):  # from below
            return pose(
                draw, (x, draw.uniform(-4, 0.0), draw.uniform(0.4, 1.8)), (aside, run * 0.7, top * draw.uniform(0.3, 1))
            )
        return pose(
            draw,
            (x, run + draw.uniform(0.3, 2.5), top + draw.uniform(0.6, 1.9)),
            (aside, run * 0.3, top * draw.uniform(0, 0.5)),
        )

    return Setting(view, near=0.3, reach=1.5)


def _railing(stage: Stage, x: float, tread: float, rise: float, steps: int, metal: bpy.types.Material) -> None:
    for i in range(steps + 1):
        y, z = (i + 0.3) * tread, min(i + 1, steps) * rise
        stage.rod((x, y, z), (x, y, z + 0.9), 0.014, metal)
    stage.rod((x, 0.3 * tread, rise + 0.9), (x, (steps + 0.3) * tread, (steps + 1) * rise + 0.9), 0.03, metal)
