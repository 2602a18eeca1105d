# SPDX-License-Identifier: GPL-3.0-or-later
"""A result as an animated point cloud: a native PointCloud object, the only kind that exports as points."""

from __future__ import annotations

import bpy

from .materials import points_material
from .playback import add_player
from .result import Result
from .settings import SceneSettings


def create_points(scene: bpy.types.Scene, result: Result, settings: SceneSettings) -> bpy.types.Object:
    """Add a point cloud object that plays the result. Raises DepthError when the result's files are missing."""
    return add_player(scene, result, settings, "POINTS", bpy.data.pointclouds.new, points_material(result))
