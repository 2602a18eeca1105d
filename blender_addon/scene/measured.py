# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a place in the scene appears in the footage, as the matched camera sees it."""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import bpy
from mathutils import Vector

from ..engine.contract import DepthError, ExitCode
from .camera import find_camera
from .result import Result


class Seen(NamedTuple):
    """x, y: pixels of the footage from its top left corner. depth: along the camera's axis."""

    x: float
    y: float
    depth: float


def seen_by_camera(scene: bpy.types.Scene, result: Result, place: Vector) -> Seen:
    """Raises DepthError when there is no matched camera, or when it does not see the place at the current frame."""
    camera = find_camera(scene, result)
    if camera is None:
        raise DepthError(ExitCode.USAGE, "The result has no matched camera yet.", "Create its camera or relief first.")
    half = math.tan(cast(bpy.types.Camera, camera.data).angle / 2)
    x, y, z = cast(Vector, camera.matrix_world.inverted() @ place)
    facts = result.manifest.facts
    seen = Seen(
        facts.width * (0.5 - x / z / half / 2) if z else -1.0,
        facts.height * (0.5 + y / z / half / result.picture_aspect / 2) if z else -1.0,
        -z,
    )
    if z >= 0 or not (0 <= seen.x < facts.width and 0 <= seen.y < facts.height):
        raise DepthError(
            ExitCode.USAGE,
            "The 3D cursor is not in the matched camera's view.",
            "Set it onto the relief: Shift and right click in the 3D View.",
        )
    return seen
