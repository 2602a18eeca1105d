# SPDX-License-Identifier: GPL-3.0-or-later
"""A result in the scene: matched camera, relief and point cloud."""

from .calibration import apply_calibration, match_solve, noted_calibration, stop_moving
from .camera import create_camera, look_through, match_render
from .compositor import CompositingSettings, compositing_nodes, set_up_compositing
from .mask import clear_mask, set_mask
from .measured import Seen, seen_by_camera
from .playback import find_player, result_of, set_range
from .points import create_points
from .relief import create_relief
from .relight import RelightSettings, existing_settings, set_up_relighting
from .result import Result, load_result
from .settings import SceneSettings
from .solve import Solve, find_clip, is_solved, read_solve

__all__ = [
    "CompositingSettings",
    "RelightSettings",
    "Result",
    "SceneSettings",
    "Seen",
    "Solve",
    "apply_calibration",
    "clear_mask",
    "compositing_nodes",
    "create_camera",
    "create_points",
    "create_relief",
    "existing_settings",
    "find_clip",
    "find_player",
    "is_solved",
    "load_result",
    "look_through",
    "match_render",
    "match_solve",
    "noted_calibration",
    "read_solve",
    "result_of",
    "seen_by_camera",
    "set_mask",
    "set_range",
    "set_up_compositing",
    "set_up_relighting",
    "stop_moving",
]
