# SPDX-License-Identifier: GPL-3.0-or-later
"""A result in the scene: matched camera, relief and point cloud."""

from .camera import create_camera, match_render
from .playback import set_range
from .points import create_points
from .relief import create_relief
from .result import Result, load_result
from .settings import SceneSettings

__all__ = [
    "Result",
    "SceneSettings",
    "create_camera",
    "create_points",
    "create_relief",
    "load_result",
    "match_render",
    "set_range",
]
