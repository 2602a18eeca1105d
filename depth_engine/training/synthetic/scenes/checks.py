# SPDX-License-Identifier: Apache-2.0
"""Is a view worth rendering? Told by a few dozen rays, which cost nothing beside a picture."""

from __future__ import annotations

import itertools
import math

import bpy
import numpy as np
from mathutils import Vector

from .cameras import Pose

COLUMNS, ROWS = 9, 7
NOTHING = 1e5
"""Metres given to a ray that hits nothing."""


def worth_rendering(scene: bpy.types.Scene, pose: Pose, aspect: float, near: float) -> bool:
    """Not inside or right before something, not nearly all sky, not one flat wall; aspect: width over height."""
    depths = _depths(scene, pose, aspect)
    close = np.percentile(depths, 12) < near or depths.min() < 0.3 * near
    empty = (depths >= NOTHING).mean() > 0.65
    flat = float(np.log(depths).std()) < 0.12
    return not (close or empty or flat)


def way_is_free(scene: bpy.types.Scene, poses: list[Pose], near: float) -> bool:
    """Whether a camera passes from pose to pose without coming near anything ahead of it on its way."""
    graph = bpy.context.evaluated_depsgraph_get()
    for before, after in itertools.pairwise(poses):
        step = after.eye - before.eye
        if step.length < 1e-5:
            continue
        reach = step.length + near * 0.5
        if scene.ray_cast(graph, before.eye, step.normalized(), distance=reach)[0]:
            return False
    return True


def _depths(scene: bpy.types.Scene, pose: Pose, aspect: float) -> np.ndarray:
    graph = bpy.context.evaluated_depsgraph_get()
    half = math.tan(pose.angle / 2)
    across, up = (half, half / aspect) if aspect >= 1 else (half * aspect, half)
    turn = pose.matrix.to_3x3()
    depths: list[float] = []
    for u in np.linspace(-0.92, 0.92, COLUMNS):
        for v in np.linspace(-0.92, 0.92, ROWS):
            ray = Vector((float(u) * across, float(v) * up, -1.0))
            hit, point, *_ = scene.ray_cast(graph, pose.eye, (turn @ ray).normalized())
            depths.append((point - pose.eye).length / ray.length if hit else NOTHING)
    return np.maximum(np.array(depths), 1e-3)
