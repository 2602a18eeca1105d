# SPDX-License-Identifier: GPL-3.0-or-later
"""A result in the scene: matched camera, relief and point cloud."""

from .camera import create_camera, match_render
from .compositor import CompositingSettings, compositing_nodes, set_up_compositing
from .mask import clear_mask, set_mask
from .playback import find_player, result_of, set_range
from .points import create_points
from .relief import create_relief
from .relight import RelightSettings, existing_settings, set_up_relighting
from .result import Result, load_result
from .settings import SceneSettings

__all__ = [
    "CompositingSettings",
    "RelightSettings",
    "Result",
    "SceneSettings",
    "clear_mask",
    "compositing_nodes",
    "create_camera",
    "create_points",
    "create_relief",
    "existing_settings",
    "find_player",
    "load_result",
    "match_render",
    "result_of",
    "set_mask",
    "set_range",
    "set_up_compositing",
    "set_up_relighting",
]
