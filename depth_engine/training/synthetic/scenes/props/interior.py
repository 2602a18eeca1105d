# SPDX-License-Identifier: Apache-2.0
"""The shell of a room and what hangs on its walls."""

from __future__ import annotations

import math
from dataclasses import dataclass

import bpy
from mathutils import Matrix

from .. import materials
from ..draw import Draw
from ..stage import Stage, let_light_through, place


@dataclass(frozen=True)
class Room:
    """A room around the origin: half its width and depth, and its height."""

    half: tuple[float, float]
    height: float

    def inside(self, draw: Draw, share: float) -> tuple[float, float]:
        """A place on the floor within this share of the room."""
        return draw.uniform(-share, share) * self.half[0], draw.uniform(-share, share) * self.half[1]

    def by_wall(self, draw: Draw, distance: float) -> tuple[float, float, float]:
        """x, y and the turn of something whose back is at a wall, so far from it."""
        a, b = self.half
        side = draw.sign()
        if draw.chance(0.5):
            return side * max(0.0, a - distance), draw.uniform(-0.85, 0.85) * b, side * math.pi / 2
        return draw.uniform(-0.85, 0.85) * a, side * max(0.0, b - distance), math.pi if side > 0 else 0.0


def shell(stage: Stage, room: Room) -> None:
    """Floor, walls, ceiling and skirting; the world's light passes walls and ceiling."""
    draw = stage.draw
    (a, b), high = room.half, room.height
    stage.box((0, 0, -0.1), (a, b, 0.1), floor(draw))
    ceiling = materials.patterned(draw, draw.pick(["plain", "tiles"]), (0.8, 0.8, 0.78), 1.0)
    shining = [stage.box((0, 0, high + 0.1), (a, b, 0.1), ceiling)]
    wall = _wall(draw)
    for side in (-1, 1):
        shining.append(stage.box((side * (a + 0.05), 0, high / 2), (0.05, b, high / 2), wall))
        other = wall if draw.chance(0.8) else _wall(draw)
        shining.append(stage.box((0, side * (b + 0.05), high / 2), (a, 0.05, high / 2), other))
    let_light_through(*shining)
    if draw.chance(0.7):
        white = materials.plain((0.8, 0.8, 0.8))
        for side in (-1, 1):
            stage.box((side * (a - 0.012), 0, 0.05), (0.012, b, 0.05), white)
            stage.box((0, side * (b - 0.012), 0.05), (a, 0.012, 0.05), white)


def floor(draw: Draw) -> bpy.types.Material:
    """Planks, tiles, carpet, stone."""
    kind = draw.weighted({"planks": 4, "tiles": 3, "noise": 2, "checker": 1, "plain": 2, "speckles": 2})
    color = draw.hsv((0.04, 0.1), (0.2, 0.7), (0.1, 0.6)) if kind == "planks" else None
    roughness = draw.uniform(0.08, 0.4) if draw.chance(0.4) else draw.uniform(0.4, 1)
    return materials.patterned(draw, kind, color, 1.0 if kind == "planks" else draw.uniform(0.8, 4), roughness)


def hang(stage: Stage, room: Room) -> None:
    """A picture, a window, a door or a mirror on a wall."""
    draw = stage.draw
    x, y, turn = room.by_wall(draw, 0.01)
    under = place((x, y, 0), (0, 0, turn))
    kind = draw.weighted({"picture": 4, "window": 3, "door": 3, "mirror": 2})
    if kind == "window":
        _window(stage, under)
    elif kind == "door":
        stage.box((0, 0, 1.02), (0.45, 0.03, 1.02), None, under)
        stage.add("ball", place((0.38, 0.06, 1), scale=0.03), None, under)
        for x in (-0.5, 0.5):
            stage.box((x, 0.01, 1.05), (0.05, 0.04, 1.05), materials.plain((0.8, 0.8, 0.8)), under)
    else:
        wide, tall = draw.uniform(0.15, 0.7), draw.uniform(0.15, 0.6)
        middle = draw.uniform(max(0.9, tall + 0.2), 1.7)
        stage.box((0, 0, middle), (wide + 0.03, 0.015, tall + 0.03), None, under)
        face = (
            materials.mirror(draw) if kind == "mirror" else materials.patterned(draw, "patches", scale=draw.log(1, 8))
        )
        stage.box((0, 0.012, middle), (wide, 0.008, tall), face, under)


def glass_wall(stage: Stage, room: Room) -> None:
    """A partition of clear panes in thin frames, with an open door."""
    draw = stage.draw
    glass, metal = materials.pane(draw), stage.material()
    y, count = draw.uniform(-0.4, 0.4) * room.half[1], draw.count(2, 5)
    wide, high = 2 * room.half[0] / count, min(room.height, 2.6)
    door = draw.count(0, count - 1)
    for i in range(count + 1):
        x = -room.half[0] + i * wide
        stage.box((x, y, high / 2), (0.025, 0.025, high / 2), metal)
        if i < count and i != door:
            stage.add("plane", place((x + wide / 2, y, high / 2), (math.pi / 2, 0, 0), (wide / 2, high / 2, 1)), glass)
    stage.box((0, y, high), (room.half[0], 0.025, 0.025), metal)


def _window(stage: Stage, under: Matrix) -> None:
    """A bright pane with bars, sometimes with curtains: outside is overexposed, as in photographs."""
    draw = stage.draw
    wide, tall = draw.uniform(0.4, 0.9), draw.uniform(0.4, 0.7)
    white = materials.plain((0.8, 0.8, 0.8))
    sky = materials.plain(draw.hsv((0.5, 0.6), (0, 0.4), (1, 1)), glow=draw.uniform(1, 4))
    stage.box((0, 0, 1.5), (wide, 0.01, tall), sky, under)
    for i in (-1, 0, 1):
        stage.box((i * wide, 0.02, 1.5), (0.02, 0.02, tall), white, under)
        if i:
            stage.box((0, 0.02, 1.5 + i * tall), (wide, 0.02, 0.02), white, under)
    if draw.chance(0.5):
        cloth = stage.material()
        for i in (-1, 1):
            stage.add("soft", place((i * wide * 1.15, 0.06, 1.35), scale=(0.18, 0.05, 1.1)), cloth, under)


def _wall(draw: Draw) -> bpy.types.Material:
    color = draw.hsv((0, 1), (0, 0.3), (0.3, 0.9))
    kind = draw.weighted({"plain": 55, "noise": 15, "stripes": 5, "patches": 8, "bricks": 15})
    if kind == "bricks":
        return materials.facade(draw, "bricks", draw.uniform(0.8, 2))
    scale = draw.uniform(2, 8) if kind == "stripes" else draw.log(0.5, 6)
    return materials.patterned(draw, kind, color, scale, draw.uniform(0.6, 1))
