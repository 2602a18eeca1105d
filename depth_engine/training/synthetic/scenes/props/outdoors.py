# SPDX-License-Identifier: Apache-2.0
"""Trees, houses and what stands along streets."""

from __future__ import annotations

import itertools
import math

from .. import lights, materials
from ..stage import Stage, place


def tree(stage: Stage, x: float, y: float, z: float = 0.0, height: float | None = None, kind: str = "") -> None:
    """A tree of any kind: with leaves, a conifer, round, or bare."""
    draw = stage.draw
    high = height or draw.uniform(3, 12)
    kind = kind or draw.weighted({"leaves": 3, "conifer": 1, "bush": 1, "bare": 1})
    wood, green = materials.bark(draw), materials.foliage(draw)
    thick, lean = high * draw.uniform(0.018, 0.035), (draw.uniform(-0.06, 0.06), draw.uniform(-0.06, 0.06), 0.0)
    if kind == "conifer":
        stage.add("taper", place((x, y, z + high * 0.15), lean, (thick, thick, high * 0.15)), wood)
        layers, wide = draw.count(4, 8), high * draw.uniform(0.15, 0.28)
        for i in range(layers):
            spread = wide * (1 - 0.85 * i / layers)
            at = place((x, y, z + high * (0.2 + 0.75 * i / layers)), (0, 0, draw.turn()), (spread, spread, high * 0.12))
            stage.add("cone", at, green)
            stage.add(f"needles{draw.count(0, 1)}", at @ place((0, 0, -0.5), scale=(1.1, 1.1, 0.7)), green)
        return
    stage.add("taper", place((x, y, z + high * 0.35), lean, (thick, thick, high * 0.36)), wood)
    if kind == "bare":
        for _ in range(draw.count(8, 16)):
            turn, root = draw.turn(), (x, y, z + high * draw.uniform(0.35, 0.72))
            length = high * draw.uniform(0.12, 0.28)
            tip = (x + math.cos(turn) * length, y + math.sin(turn) * length, root[2] + draw.uniform(0.2, 1.4) * length)
            stage.rod(root, tip, thick * 0.3, wood)
        return
    for _ in range(draw.count(2, 6)):
        wide = high * draw.uniform(0.13, 0.26)
        at = (
            x + draw.uniform(-0.15, 0.15) * high,
            y + draw.uniform(-0.15, 0.15) * high,
            z + high * draw.uniform(0.6, 0.95),
        )
        stage.add(
            f"{kind}{draw.count(0, 2)}",
            place(at, (0, 0, draw.turn()), (wide, wide, wide * draw.uniform(0.7, 1.1))),
            green,
        )


def building(stage: Stage, x: float, y: float, half: tuple[float, float], height: float, lit: float = 0.0) -> None:
    """A house or tower; lit: share of windows with light."""
    draw = stage.draw
    walls = materials.facade(draw, lit=lit) if lit or draw.chance(0.8) else materials.facade(draw, "bricks")
    stage.box((x, y, height / 2), (half[0], half[1], height / 2), walls)
    roof = draw.weighted({"flat": 6, "hip": 3, "box": 2})
    if height > 14 or roof == "flat":
        stage.box((x, y, height + 0.15), (half[0] + 0.15, half[1] + 0.15, 0.15))
    elif roof == "hip":
        slope = place((x, y, height + 0.8), (0, 0, math.pi / 4), (half[0] * 1.45, half[1] * 1.45, 0.9))
        stage.add("roof", slope)
    else:
        stage.box((x, y, height + 0.9), (half[0] * 0.4, half[1] * 0.4, 0.9))
    if draw.chance(0.35):
        for floor in range(1, int(height // 3)):
            stage.box((x, y - half[1] - 0.4, floor * 3), (half[0] * 0.5, 0.45, 0.08))


def street_lamp(stage: Stage, x: float, y: float, toward: float, power: float = 0.0) -> None:
    """A pole with an arm towards +x or -x; power in W lights it."""
    draw = stage.draw
    high, metal = draw.uniform(4, 8), materials.plain((0.1, 0.1, 0.11), 0.5, 0.5)
    stage.rod((x, y, 0), (x, y, high), 0.07, metal)
    stage.rod((x, y, high), (x + toward * 1.4, y, high + 0.2), 0.04, metal)
    head = (x + toward * 1.4, y, high + 0.12)
    color = lights.lamp_color(draw)
    stage.add("soft", place(head, scale=(0.3, 0.14, 0.07)), materials.plain(color, glow=30.0 if power else 0.0))
    if power:
        lights.lamp(stage, (head[0], head[1], head[2] - 0.25), power, 0.15, color)


def fence(stage: Stage, a: tuple[float, float], b: tuple[float, float], height: float, z: float = 0.0) -> None:
    """Posts and rails, or a railing of thin bars, from a to b."""
    draw = stage.draw
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    material, bars = stage.material(), draw.chance(0.5)
    gap, thick = (draw.uniform(0.12, 0.3), 0.012) if bars else (draw.uniform(1, 2.5), 0.05)
    posts = min(120, max(2, int(length / gap)))
    for i in range(posts + 1):
        x, y = a[0] + (b[0] - a[0]) * i / posts, a[1] + (b[1] - a[1]) * i / posts
        stage.rod((x, y, z), (x, y, z + height), thick, material)
    for share in (0.15, 0.95) if bars else (0.3, 0.6, 0.9):
        stage.rod((*a, z + height * share), (*b, z + height * share), 0.025, material)


def wires(stage: Stage, a: tuple[float, float, float], b: tuple[float, float, float], sag: float = 0.6) -> None:
    """One hanging wire between two points."""
    black = materials.plain((0.01, 0.01, 0.01))
    points = [
        (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t - sag * 4 * t * (1 - t))
        for t in (i / 10 for i in range(11))
    ]
    for start, end in itertools.pairwise(points):
        stage.rod(start, end, 0.015, black)
