# SPDX-License-Identifier: Apache-2.0
"""Furniture. Each stands at (x, y) and faces its own +y before it is turned."""

from __future__ import annotations

import math

from mathutils import Matrix

from .. import materials
from ..stage import Stage, place
from .things import books, plant, small_thing


def table(
    stage: Stage,
    x: float,
    y: float,
    turn: float,
    height: float | None = None,
    half: tuple[float, float] | None = None,
    laid: bool = True,
) -> Matrix:
    """A table, laid with things; returns the matrix at the middle of its foot."""
    draw = stage.draw
    height = height or draw.uniform(0.45, 0.95)
    wide, deep = half or (draw.uniform(0.4, 1.1), draw.uniform(0.3, 0.6))
    under, material, thick = place((x, y, 0), (0, 0, turn)), stage.material(), draw.uniform(0.012, 0.04)
    if half or draw.chance(0.8):
        stage.box((0, 0, height - thick), (wide, deep, thick), material, under)
    else:
        stage.add("cylinder", under @ place((0, 0, height - thick), scale=(wide, wide * 0.8, thick)), material)
    legs = draw.weighted({"four": 50, "panels": 20, "middle": 25})
    if legs == "four":
        shape = draw.pick(["box", "cylinder"])
        for i in (-1, 1):
            for j in (-1, 1):
                foot = place(
                    (i * wide * 0.88, j * deep * 0.85, (height - thick) / 2), scale=(0.03, 0.03, (height - thick) / 2)
                )
                stage.add(shape, under @ foot, material)
    elif legs == "panels":
        for i in (-1, 1):
            stage.box(
                (i * wide * 0.9, 0, (height - thick) / 2), (0.02, deep * 0.9, (height - thick) / 2), material, under
            )
    else:
        stage.rod((0, 0, 0), (0, 0, height), 0.06, material, under)
        stage.rod((0, 0, 0), (0, 0, 0.04), 0.3, material, under)
    if laid:
        _lay(stage, under, height, wide, deep)
    return under


def screen(stage: Stage, under: Matrix) -> None:
    """A monitor that stands at the matrix's origin."""
    draw = stage.draw
    black = materials.plain((0.02, 0.02, 0.02), 0.4)
    picture = materials.plain(draw.color(), 0.15, glow=draw.pick([0.0, draw.uniform(0.3, 1.5)]))
    stage.box((0, 0, 0.3), (0.28, 0.015, 0.17), black, under)
    stage.box((0, 0.016, 0.3), (0.26, 0.002, 0.155), picture, under)
    stage.box((0, 0, 0.07), (0.03, 0.02, 0.07), black, under)
    stage.box((0, 0, 0.01), (0.12, 0.08, 0.01), black, under)


def chair(stage: Stage, x: float, y: float, turn: float) -> None:
    draw = stage.draw
    under, frame = place((x, y, 0), (0, 0, turn), draw.uniform(0.9, 1.1)), stage.material()
    seat, shape = (stage.material() if draw.chance(0.5) else frame), draw.pick(["box", "rounded"])
    stage.add(shape, under @ place((0, 0, 0.45), scale=(0.22, 0.22, 0.03)), seat)
    if draw.chance(0.85):
        back = place((0, -0.21, 0.72), (draw.uniform(0, 0.15), 0, 0), (0.21, 0.02, draw.uniform(0.1, 0.28)))
        stage.add(shape, under @ back, seat)
    if draw.chance(0.8):
        for i in (-0.19, 0.19):
            for j in (-0.19, 0.19):
                stage.rod((i, j, 0), (i, j, 0.44), 0.018, frame, under)
            stage.rod((i, -0.2, 0.4), (i, -0.2, 0.8), 0.018, frame, under)
    else:
        stage.rod((0, 0, 0.05), (0, 0, 0.45), 0.03, frame, under)
        for i in range(5):
            angle = i * 2 * math.pi / 5
            stage.rod((0, 0, 0.06), (0.26 * math.cos(angle), 0.26 * math.sin(angle), 0.04), 0.02, frame, under)


def sofa(stage: Stage, x: float, y: float, turn: float) -> None:
    draw = stage.draw
    half, under, cover = draw.uniform(0.4, 1.2), place((x, y, 0), (0, 0, turn)), stage.material()
    stage.add("rounded", under @ place((0, 0, 0.25), scale=(half, 0.42, 0.2)), cover)
    stage.add("rounded", under @ place((0, -0.36, 0.55), (0.12, 0, 0), (half, 0.12, 0.35)), cover)
    for i in (-half, half):
        stage.add("rounded", under @ place((i, 0, 0.38), scale=(0.12, 0.42, 0.27)), cover)
    seats = max(1, int(half / 0.38))
    for i in range(seats):
        middle = -half + half / seats * (2 * i + 1)
        stage.add("rounded", under @ place((middle, 0.04, 0.46), scale=(half / seats * 0.97, 0.36, 0.09)), cover)
    for _ in range(draw.count(0, 3)):
        at = (draw.uniform(-0.8, 0.8) * half, -0.12, 0.66)
        stage.add("soft", under @ place(at, (0.4, 0, draw.uniform(-0.3, 0.3)), (0.2, 0.08, 0.18)))


def bed(stage: Stage, x: float, y: float, turn: float) -> None:
    draw = stage.draw
    half, under, wood = draw.uniform(0.45, 0.95), place((x, y, 0), (0, 0, turn)), stage.material()
    stage.box((0, 0, 0.2), (half, 1.05, 0.12), wood, under)
    stage.add("rounded", under @ place((0, 0, 0.42), scale=(half, 1.02, 0.14)), materials.plain((0.7, 0.7, 0.68)))
    stage.add("rounded", under @ place((0, 0.25, 0.48), scale=(half * 1.04, 0.8, 0.12)))
    head = draw.uniform(0.3, 0.6)
    stage.box((0, -1.08, head), (half, 0.04, head), wood, under)
    for i in (-0.5, 0.5) if half > 0.6 else (0.0,):
        stage.add("soft", under @ place((i * half, -0.78, 0.62), (0.2, 0, draw.uniform(-0.2, 0.2)), (0.3, 0.2, 0.1)))


def shelf(stage: Stage, x: float, y: float, turn: float) -> None:
    """A bookcase or a cupboard, with its back to -y."""
    draw = stage.draw
    wide, deep, high = draw.uniform(0.3, 0.9), draw.uniform(0.12, 0.22), draw.uniform(0.7, 2.2)
    under, wood = place((x, y, 0), (0, 0, turn)), stage.material()
    rows = max(2, int(high / draw.uniform(0.28, 0.42)))
    for i in (-wide, wide):
        stage.box((i, 0, high / 2), (0.015, deep, high / 2), wood, under)
    if draw.chance(0.8):
        stage.box((0, -deep, high / 2), (wide, 0.008, high / 2), wood, under)
    for row in range(rows + 1):
        stage.box((0, 0, high * row / rows * 0.985 + 0.012), (wide, deep, 0.012), wood, under)
    closed = draw.chance(0.3)
    for row in range(rows):
        floor = high * row / rows + 0.03
        if closed:
            middle = high * (row + 0.5) / rows
            stage.box((0, deep, middle), (wide * 0.97, 0.01, high / rows * 0.47), wood, under)
            stage.add("ball", under @ place((0, deep + 0.02, middle), scale=0.015))
        elif draw.chance(0.5):
            books(stage, -wide + 0.02, wide * 0.9, 0.0, floor, deep * 0.8, high / rows, under)
        else:
            for _ in range(draw.count(0, 4)):
                small_thing(
                    stage,
                    draw.uniform(-0.8, 0.8) * wide,
                    draw.uniform(-0.3, 0.4) * deep,
                    floor,
                    draw.uniform(0.04, 0.1),
                    under,
                )


def floor_lamp(stage: Stage, x: float, y: float) -> None:
    draw = stage.draw
    high, metal = draw.uniform(1.2, 1.8), stage.material()
    stage.rod((x, y, 0), (x, y, high), 0.012, metal)
    stage.rod((x, y, 0), (x, y, 0.03), 0.15, metal)
    stage.add(
        "taper",
        place((x, y, high), scale=(0.18, 0.18, 0.13)),
        materials.plain((1, 0.85, 0.6), glow=draw.uniform(0.5, 4)),
    )


def _lay(stage: Stage, under: Matrix, height: float, wide: float, deep: float) -> None:
    draw = stage.draw
    for _ in range(draw.count(0, 7)):
        small_thing(
            stage,
            draw.uniform(-0.85, 0.85) * wide,
            draw.uniform(-0.8, 0.8) * deep,
            height,
            draw.uniform(0.04, 0.16),
            under,
        )
    if draw.chance(0.3):
        screen(stage, under @ place((draw.uniform(-0.4, 0.4) * wide, 0, height), (0, 0, draw.uniform(-0.4, 0.4))))
    if draw.chance(0.2):
        plant(
            stage, draw.uniform(-0.6, 0.6) * wide, draw.uniform(-0.6, 0.6) * deep, height, draw.uniform(0.2, 0.5), under
        )
