# SPDX-License-Identifier: GPL-3.0-or-later
"""A result as an animated relief: a mesh with a vertex for each pixel of the grid."""

from __future__ import annotations

import bpy

from .materials import relief_material
from .playback import add_player
from .result import Result
from .settings import SceneSettings


def create_relief(scene: bpy.types.Scene, result: Result, settings: SceneSettings) -> bpy.types.Object:
    """Add a mesh object that plays the result. Raises DepthError when the result's files are missing."""
    return add_player(scene, result, settings, "RELIEF", bpy.data.meshes.new, relief_material(result))
