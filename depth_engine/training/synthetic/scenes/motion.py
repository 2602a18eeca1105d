# SPDX-License-Identifier: Apache-2.0
"""How things move: motions give an object's matrix after so many seconds, always rigid."""

from __future__ import annotations

import math

from mathutils import Matrix, Vector

from .draw import Draw
from .stage import Motion, place


def drive(start: Matrix, speed: float, span: float) -> Motion:
    """Straight along the start's own +y, in m/s; after `span` metres from its middle it begins anew behind."""

    def motion(seconds: float) -> Matrix:
        way = (speed * seconds + span / 2) % span - span / 2
        return start @ place((0, way, 0))

    return motion


def circle(center: Vector, radius: float, speed: float, phase: float) -> Motion:
    """Around a point on the ground, facing along the way."""

    def motion(seconds: float) -> Matrix:
        angle = phase + seconds * speed / radius
        at = center + Vector((math.cos(angle), math.sin(angle), 0)) * radius
        return place(at, (0, 0, angle if speed > 0 else angle + math.pi))

    return motion


def tumble(draw: Draw, start: Matrix, pace: float = 1.0) -> Motion:
    """Drifting to and fro around its place while it turns about an axis of its own."""
    axis = Vector((draw.normal(1), draw.normal(1), draw.normal(1))).normalized()
    spin, period, phase = draw.normal(0.8) * pace, draw.uniform(2, 8), draw.turn()
    sway = Vector((draw.normal(1), draw.normal(1), draw.normal(1))) * (0.4 * pace * draw.log(0.2, 1.5))
    at, turn, scale = start.decompose()

    def motion(seconds: float) -> Matrix:
        moved = at + sway * math.sin(2 * math.pi * seconds / period + phase)
        spun = Matrix.Rotation(spin * seconds, 3, axis).to_quaternion() @ turn
        return Matrix.LocRotScale(moved, spun, scale)

    return motion


def swing(hinge: Matrix, angle: float, period: float, phase: float) -> Motion:
    """To and fro about the hinge's x axis: doors, swings, branches, lamps."""
    return lambda seconds: hinge @ Matrix.Rotation(angle * math.sin(2 * math.pi * seconds / period + phase), 4, "X")
