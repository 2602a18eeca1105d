# SPDX-License-Identifier: Apache-2.0
"""People and animals of rigid parts: standing, sitting, gesturing, walking. They face their own +y."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import bpy
from mathutils import Matrix, Vector

from .. import materials
from ..draw import Draw, shaded
from ..stage import Motion, Stage, between, place


@dataclass(frozen=True)
class Gait:
    """How a body holds itself: steps a second (0 stands), swing of legs and arms in radians, and a posture at rest."""

    pace: float
    stride: float
    arms: tuple[float, float]
    elbows: tuple[float, float]
    spread: tuple[float, float]
    wave: float
    lean: Vector
    seated: bool


Joints = Callable[[float], dict[str, Vector]]


def person(stage: Stage, under: Matrix | Motion, walks: bool = False, seated: bool = False) -> None:
    """A person of 0.9 to 1.95 m. walks: legs and arms go; `under` must carry the body along, at about 1.3 m/s."""
    draw = stage.draw
    height = draw.uniform(1.5, 1.95) if draw.chance(0.85) else draw.uniform(0.9, 1.4)
    scale = height / 1.75
    build = place((0, 0, 0), scale=(scale, scale * draw.uniform(0.9, 1.2), scale))
    joints = _joints(_gait(draw, walks, seated))
    skin = materials.plain(draw.pick(materials.SKIN), 0.6)
    top = materials.patterned(draw, draw.weighted({"plain": 3, "noise": 1, "checker": 1, "stripes": 1}))
    trousers = materials.patterned(draw, draw.pick(["plain", "noise"]), shaded(draw.color(), 0.5))
    shoes = materials.plain(shaded(draw.color(), 0.5))
    moves = walks or (not seated and draw.chance(0.6))

    def part(shape: str, matrix: Callable[[dict[str, Vector]], Matrix], material: bpy.types.Material) -> None:
        """A part whose place follows from the joints."""
        if not moves and isinstance(under, Matrix):
            stage.add(shape, build @ matrix(joints(0.0)), material, under)
            return
        made = stage.add(shape, place((0, 0, 0)), material)
        stage.animate(made, _carried(under, lambda seconds: build @ matrix(joints(seconds))))

    def limb(a: str, b: str, radius: float, material: bpy.types.Material, shape: str = "soft") -> None:
        part(shape, lambda at: between(at[a], at[b], radius, radius * 0.5), material)

    limb("hips", "neck", 0.15, top, "rounded")
    part("soft", lambda at: place(at["hips"].lerp(at["neck"], 0.75), scale=(0.2, 0.12, 0.22)), top)
    part("soft", lambda at: place(at["hips"], scale=(0.17, 0.13, 0.14)), trousers)
    limb("neck", "head", 0.055, skin)
    _head(draw, part, skin)
    sleeve = top if draw.chance(0.5) else skin
    for side in ("left", "right"):
        limb(f"{side} shoulder", f"{side} elbow", 0.055, top)
        limb(f"{side} elbow", f"{side} hand", 0.042, sleeve)
        part("ball", lambda at, s=side: place(at[f"{s} hand"], scale=(0.045, 0.04, 0.06)), skin)
        limb(f"{side} hip", f"{side} knee", 0.085, trousers)
        limb(f"{side} knee", f"{side} foot", 0.06, trousers)
        part(
            "soft",
            lambda at, s=side: place(at[f"{s} foot"] + Vector((0, 0.06, -0.02)), scale=(0.05, 0.13, 0.05)),
            shoes,
        )


def animal(stage: Stage, under: Matrix | Motion, size: float) -> None:
    """Something with four legs and a tail; size 1 is a big dog."""
    draw = stage.draw
    fur = materials.patterned(
        draw, draw.pick(["noise", "plain", "patches"]), draw.hsv((0.02, 0.12), (0, 0.6), (0.03, 0.7))
    )
    dark = materials.plain((0.01, 0.01, 0.01), 0.2)
    leg = draw.uniform(0.3, 0.6)
    head = Vector((draw.uniform(-0.1, 0.1), 0.62, leg + 0.2 + draw.uniform(0, 0.35)))
    grown = Matrix.Diagonal((size, size, size, 1))

    def add(shape: str, matrix: Matrix, material: bpy.types.Material = fur) -> None:
        stage.add(shape, grown @ matrix, material, under)

    add("soft", place((0, 0, leg + 0.2), scale=(0.2, 0.5, 0.22)))
    add("soft", between((0, 0.4, leg + 0.25), head, 0.11, 0.05))
    add("ball", place(head, scale=(0.14, 0.17, 0.14)))
    add("soft", place(head + Vector((0, 0.17, -0.03)), scale=(0.07, 0.11, 0.06)))
    add("soft", between((0, -0.45, leg + 0.3), (draw.uniform(-0.2, 0.2), -0.85, leg + draw.uniform(0.1, 0.6)), 0.04))
    for i in (-1, 1):
        add("cone", place(head + Vector((i * 0.08, -0.02, 0.15)), scale=(0.05, 0.03, 0.08)))
        add("ball", place(head + Vector((i * 0.06, 0.13, 0.05)), scale=0.025), dark)
        for y in (-0.38, 0.36):
            add("soft", between((i * 0.12, y, leg + 0.1), (i * 0.12, y + draw.uniform(-0.12, 0.12), 0.03), 0.055, 0.03))


def _gait(draw: Draw, walks: bool, seated: bool) -> Gait:
    raised = 2.4 if draw.chance(0.3) and not walks else 0.6
    return Gait(
        pace=draw.uniform(0.8, 1.1) if walks else 0.0,
        stride=draw.uniform(0.4, 0.6) if walks else draw.normal(0.12),
        arms=(draw.uniform(-0.3, raised), draw.uniform(-0.3, raised)) if not walks else (0.0, 0.0),
        elbows=(draw.uniform(0, 1.4), draw.uniform(0, 1.4)) if not walks else (0.4, 0.4),
        spread=(draw.uniform(0.05, 0.6), draw.uniform(0.05, 0.6)) if not walks else (0.1, 0.1),
        wave=draw.uniform(0, 0.5),
        lean=Vector((draw.uniform(-0.06, 0.06), draw.uniform(-0.06, 0.1), 0.55)),
        seated=seated,
    )


def _joints(gait: Gait) -> Joints:
    """Places of the joints of a body of 1.75 m after so many seconds."""

    def joints(seconds: float) -> dict[str, Vector]:
        step = math.sin(2 * math.pi * gait.pace * seconds) if gait.pace else 1.0
        sway = gait.wave * math.sin(2.1 * seconds)
        hips = Vector((0, 0, 0.48 if gait.seated else 0.88))
        neck = hips + gait.lean
        at = {"hips": hips, "neck": neck, "head": neck + Vector((0, 0.03, 0.2))}
        for index, (side, sign) in enumerate((("left", -1), ("right", 1))):
            leg = math.pi / 2 if gait.seated else sign * gait.stride * step
            bend = 0.1 if gait.seated else max(0.0, -sign * step) * 0.6 if gait.pace else 0.05
            hip = hips + Vector((sign * 0.09, 0, -0.02))
            knee = hip + Vector((0, math.sin(leg), -math.cos(leg))) * 0.42
            shin = 0.0 if gait.seated else leg - bend
            foot = knee + Vector((0, math.sin(shin), -math.cos(shin))) * 0.42
            arm = -sign * gait.stride * step if gait.pace else gait.arms[index] + sway
            out, fold = gait.spread[index], gait.elbows[index]
            shoulder = neck + Vector((sign * 0.19, 0, -0.04))
            upper = Vector((sign * math.sin(out), math.sin(arm), -math.cos(arm) * math.cos(out))).normalized()
            lower = Vector((sign * math.sin(out) * 0.3, math.sin(arm + fold), -math.cos(arm + fold))).normalized()
            elbow = shoulder + upper * 0.28
            at |= {f"{side} hip": hip, f"{side} knee": knee, f"{side} foot": foot, f"{side} shoulder": shoulder}
            at |= {f"{side} elbow": elbow, f"{side} hand": elbow + lower * 0.25}
        return at

    return joints


Part = Callable[[str, Callable[[dict[str, Vector]], Matrix], bpy.types.Material], None]


def _head(draw: Draw, part: Part, skin: bpy.types.Material) -> None:
    turn = (draw.uniform(-0.2, 0.2), 0.0, draw.uniform(-0.6, 0.6))
    hair = materials.patterned(draw, "noise", draw.pick(materials.HAIR), 20)
    dark, lips = materials.plain((0.01, 0.01, 0.01), 0.3), materials.plain((0.4, 0.1, 0.1))

    def on_head(shape: str, matrix: Matrix, material: bpy.types.Material) -> None:
        part(shape, lambda at: place(at["head"] + Vector((0, 0, 0.05)), turn) @ matrix, material)

    on_head("ball", place((0, 0, 0), scale=(0.085, 0.1, 0.125)), skin)
    if draw.chance(0.9):
        on_head("soft", place((0, -0.025, 0.035), scale=(0.095, 0.1, 0.11)), hair)
    if draw.chance(0.35):
        on_head("soft", place((0, -0.05, -0.06), scale=(0.1, 0.07, 0.17)), hair)
    for x in (-0.035, 0.035):
        on_head("ball", place((x, 0.088, 0.02), scale=0.014), dark)
    on_head("cone", place((0, 0.1, -0.01), scale=(0.015, 0.015, 0.025)), skin)
    on_head("box", place((0, 0.09, -0.055), scale=(0.025, 0.008, 0.005)), lips)


def _carried(under: Matrix | Motion, motion: Motion) -> Motion:
    if isinstance(under, Matrix):
        return lambda seconds: under @ motion(seconds)
    return lambda seconds: under(seconds) @ motion(seconds)
