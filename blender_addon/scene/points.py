# SPDX-License-Identifier: GPL-3.0-or-later
"""A result as an animated point cloud: a native PointCloud object, the only kind that exports as points."""

from __future__ import annotations

import bpy

from .images import load_sequence
from .materials import points_material
from .nodes import set_input
from .playback import add_player, player
from .result import Result
from .settings import SceneSettings


def create_points(scene: bpy.types.Scene, result: Result, settings: SceneSettings) -> bpy.types.Object:
    """Add a point cloud object that plays the result. Raises DepthError when the result's files are missing."""
    color = load_sequence(result, result.manifest.proxy_color, data=False)
    points = add_player(scene, result, settings, "POINTS", bpy.data.pointclouds.new, points_material(result))
    set_input(player(points), "Color", color)
    set_input(player(points), "Point Size", settings.point_size)
    return points
