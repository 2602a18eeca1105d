# SPDX-License-Identifier: Apache-2.0
"""Cars, vans, lorries and bicycles; they face their own +y."""

from __future__ import annotations

import math

import bpy
from mathutils import Matrix

from .. import materials
from ..stage import Motion, Stage, Triple, place


def car(stage: Stage, under: Matrix | Motion, lit: bool = False) -> None:
    """A car or a lorry; lit: its lamps glow."""
    draw = stage.draw
    paint = materials.plain(draw.color(), draw.uniform(0.08, 0.35))
    glass = materials.plain((0.02, 0.025, 0.03), 0.05)
    rubber = materials.plain((0.02, 0.02, 0.02), 0.8)
    long, high = draw.uniform(0.9, 1.2), draw.uniform(0.9, 1.3)
    kind = draw.weighted({"car": 70, "van": 12, "lorry": 15})

    def add(
        shape: str,
        at: Triple,
        size: Triple,
        material: bpy.types.Material,
        turn: Triple = (0, 0, 0),
    ) -> None:
        where = place((at[0], at[1] * long, at[2] * high), turn, (size[0], size[1] * long, size[2] * high))
        stage.add(shape, where, material, under)

    add("rounded", (0, 0, 0.62), (0.9, 2.15, 0.4), paint)
    if kind == "car":
        add("rounded", (0, -0.25, 1.1), (0.74, 1.15, 0.42), glass)
        add("rounded", (0, -0.25, 1.44), (0.66, 0.95, 0.08), paint)
        for y in (-1.25, -0.25, 0.75):
            add("box", (0, y, 1.2), (0.74, 0.05, 0.26), paint, (draw.uniform(-0.1, 0.1), 0, 0))
    else:
        load = paint if kind == "van" else stage.material()
        tall = 0.75 if kind == "van" else 1.3
        stage.box((0, -0.4 * long, (0.6 + tall) * high), (1.0, 2.2 * long, tall * high), load, under)
        add("box", (0, 1.6, 1.3), (0.85, 0.35, 0.35), glass)
    for i in (-1, 1):
        for j in (-1.35, 1.35):
            add("cylinder", (i * 0.82, j, 0.33), (0.33, 0.33, 0.12), rubber, (0, math.pi / 2, 0))
        add(
            "ball", (i * 0.6, 2.1, 0.7), (0.16, 0.06, 0.1), materials.plain((0.9, 0.9, 0.85), glow=25.0 if lit else 0.6)
        )
        tail = materials.plain((0.6, 0.02, 0.02), glow=6.0 if lit else 0.0)
        add("rounded", (i * 0.65, -2.12, 0.75), (0.14, 0.05, 0.08), tail)
    add("box", (0, 2.12, 0.45), (0.4, 0.03, 0.1), rubber)


def bicycle(stage: Stage, under: Matrix | Motion) -> None:
    """Two wheels and a frame of thin tubes: hardly any surface, many gaps."""
    draw = stage.draw
    metal, rubber = materials.plain(draw.color(), 0.3), materials.plain((0.02, 0.02, 0.02), 0.8)
    for y in (-0.5, 0.5):
        stage.add("torus5", place((0, y, 0.34), (0, math.pi / 2, 0), (0.32, 0.32, 0.32)), rubber, under)
        for i in range(6):
            angle = i * math.pi / 6
            across = (math.cos(angle) * 0.31, math.sin(angle) * 0.31)
            stage.rod((0, y - across[0], 0.34 - across[1]), (0, y + across[0], 0.34 + across[1]), 0.004, metal, under)
    joints = {
        "back": (0, -0.5, 0.34),
        "seat": (0, -0.2, 0.85),
        "pedal": (0, -0.05, 0.3),
        "bar": (0, 0.38, 0.9),
        "front": (0, 0.5, 0.34),
    }
    for a, b in (
        ("back", "seat"),
        ("back", "pedal"),
        ("seat", "pedal"),
        ("seat", "bar"),
        ("pedal", "bar"),
        ("bar", "front"),
    ):
        stage.rod(joints[a], joints[b], 0.018, metal, under)
    stage.rod((-0.28, 0.35, 0.97), (0.28, 0.35, 0.97), 0.015, rubber, under)
    stage.add("soft", place((0, -0.22, 0.9), scale=(0.08, 0.14, 0.04)), rubber, under)
