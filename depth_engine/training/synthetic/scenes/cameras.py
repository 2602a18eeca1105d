# SPDX-License-Identifier: Apache-2.0
"""Where a camera stands and how it moves: static, pan, dolly, truck, orbit, drone, handheld."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from mathutils import Matrix, Quaternion, Vector

from .draw import Draw
from .stage import Place, vector

MOVES = {"handheld": 30.0, "dolly": 18.0, "truck": 10.0, "orbit": 14.0, "drone": 8.0, "pan": 10.0, "static": 10.0}
"""How often each move is drawn."""


UP = Vector((0, 0, 1))


@dataclass(frozen=True)
class Pose:
    """A camera: its place, the point it looks at, roll and the angle of its picture's longer side in radians."""

    eye: Vector
    target: Vector
    roll: float
    angle: float

    @property
    def matrix(self) -> Matrix:
        """Camera-to-world in Blender's axes (the camera looks along -z)."""
        turn = (self.target - self.eye).to_track_quat("-Z", "Y") @ Quaternion((0, 0, 1), self.roll)
        return Matrix.LocRotScale(self.eye, turn, None)


def pose(draw: Draw, eye: Place, target: Place, degrees: tuple[float, float] = (35, 80)) -> Pose:
    """A camera from eye towards target, most of them nearly level."""
    roll = draw.normal(0.04) if draw.chance(0.92) else draw.uniform(-0.35, 0.35)
    return Pose(vector(eye), vector(target), roll, math.radians(draw.uniform(*degrees)))


def walk(draw: Draw, start: Pose, move: str, frames: int, reach: float) -> list[Pose]:
    """The camera's way from `start`, a pose a frame; reach: how far it may travel in all, in metres."""
    size = reach * draw.log(0.25, 1.0)
    way = _WAYS[move](draw, start, size)
    shake = _shake(draw) if move == "handheld" or draw.chance(0.3) else None
    poses: list[Pose] = []
    for frame in range(frames):
        phase = frame / max(1, frames - 1)
        now = way(phase)
        poses.append(_shaken(now, shake, frame, min(reach, 1.0)) if shake else now)
    return poses


Way = Callable[[float], Pose]


def _static(draw: Draw, start: Pose, size: float) -> Way:
    return lambda phase: start


def _pan(draw: Draw, start: Pose, size: float) -> Way:
    turn, tilt = draw.sign() * math.radians(draw.log(4, 40)), math.radians(draw.normal(4))

    def way(phase: float) -> Pose:
        along = start.target - start.eye
        eased = phase - 0.5
        rotation = Quaternion(UP, turn * eased) @ Quaternion(_side(along), tilt * eased)
        return _moved(start, start.eye, start.eye + rotation @ along)

    return way


def _line(draw: Draw, start: Pose, size: float, direction: Vector, turns: float) -> Way:
    """Straight along a direction, with the view turning slowly."""
    yaw = draw.normal(turns)

    def way(phase: float) -> Pose:
        eye = start.eye + direction * (size * phase)
        along = Quaternion(UP, yaw * phase) @ (start.target - start.eye)
        return _moved(start, eye, eye + along)

    return way


def _dolly(draw: Draw, start: Pose, size: float) -> Way:
    along = (start.target - start.eye).normalized()
    level = Vector((along.x, along.y, along.z * 0.3))
    return _line(draw, start, size, level * (1 if draw.chance(0.7) else -1), 0.05)


def _truck(draw: Draw, start: Pose, size: float) -> Way:
    return _line(draw, start, size, _side(start.target - start.eye) * draw.sign(), 0.08)


def _orbit(draw: Draw, start: Pose, size: float) -> Way:
    arm = start.eye - start.target
    turn = draw.sign() * min(1.2, size / max(arm.length, 0.05))
    rise = draw.normal(0.15) * size

    def way(phase: float) -> Pose:
        eye = start.target + Quaternion(UP, turn * phase) @ arm + Vector((0, 0, rise * phase))
        return _moved(start, eye, start.target)

    return way


def _drone(draw: Draw, start: Pose, size: float) -> Way:
    along = (start.target - start.eye).normalized()
    direction = Vector((along.x, along.y, draw.uniform(-0.1, 0.9))).normalized()
    return _line(draw, start, size, direction, 0.15)


def _handheld(draw: Draw, start: Pose, size: float) -> Way:
    direction = Vector((draw.normal(1), draw.normal(1), draw.normal(0.2))).normalized()
    return _line(draw, start, size * draw.uniform(0.1, 0.6), direction, 0.1)


_WAYS: dict[str, Callable[[Draw, Pose, float], Way]] = {
    "static": _static, "pan": _pan, "dolly": _dolly, "truck": _truck, "orbit": _orbit, "drone": _drone,
    "handheld": _handheld,
}  # fmt: skip


def _side(along: Vector) -> Vector:
    """Horizontally across a direction; of length 0 where that stands upright."""
    return Vector((along.y, -along.x, 0)).normalized()


def _moved(start: Pose, eye: Vector, target: Vector) -> Pose:
    return Pose(eye, target, start.roll, start.angle)


Wave = tuple[float, float, float]


def _shake(draw: Draw) -> list[list[Wave]]:
    """For x, y, z, yaw, pitch and roll: a few slow waves (frequency a frame, phase, amplitude)."""
    strength = draw.log(0.3, 1.5)
    return [[(draw.log(0.02, 0.15), draw.turn(), draw.normal(1) * strength) for _ in range(4)] for _ in range(6)]


def _shaken(now: Pose, shake: list[list[Wave]], frame: int, reach: float) -> Pose:
    x, y, z, yaw, pitch, roll = (
        sum(amplitude * math.sin(2 * math.pi * frequency * frame + phase) for frequency, phase, amplitude in waves)
        for waves in shake
    )
    eye = now.eye + Vector((x, y, z)) * (0.008 * reach)
    along = now.target - now.eye
    turn = Quaternion(UP, yaw * 0.004) @ Quaternion(_side(along), pitch * 0.004)
    return Pose(eye, eye + turn @ along, now.roll + roll * 0.003, now.angle)
