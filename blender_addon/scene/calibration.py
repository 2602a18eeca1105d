# SPDX-License-Identifier: GPL-3.0-or-later
"""A calibrated result in the scene: what was made from it stands at its true depth, and the rig moves as filmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

import bpy

from ..engine.contract import Calibration, load, to_json
from .animation import set_keys
from .camera import create_camera, find_camera
from .marks import has_role
from .playback import find_player, set_range
from .ranges import range_keys
from .result import Result
from .rig import level_root, result_collection, result_root
from .settings import SceneSettings
from .solve import Pose, Solve
from .timing import Key

_NOTE = "estimate_depth_calibration"  # on the rig's root, for panels: they must not touch the disk
_MOVES = "estimate_depth_moves"  # on the rig's root: the name of the clip whose camera it follows
_CURVES = [("location", index) for index in range(3)] + [("rotation_quaternion", index) for index in range(4)]


def apply_calibration(scene: bpy.types.Scene, result: Result) -> None:
    """Give everything made from the result the range of its calibration, or its usual one if it has none."""
    for made in players(scene, result):
        set_range(made, result, "SHOT")
    root, camera = result_root(scene, result), find_camera(scene, result)
    if camera and result.calibration:
        lens = cast(bpy.types.Camera, camera.data)
        farthest = max(control.value for control in range_keys(result, 0.0, 0.0)[1])
        lens.clip_end = max(lens.clip_end, 2 * farthest)
    if result.calibration:
        root[_NOTE] = to_json(replace(result.calibration, errors=()))
    else:
        root.pop(_NOTE, None)


def players(scene: bpy.types.Scene, result: Result) -> Iterator[bpy.types.Object]:
    """The result's reliefs and points in this scene."""
    return (made for made in result_collection(scene, result).objects if find_player(made))


def noted_calibration(scene: bpy.types.Scene, identity: str) -> Calibration | None:
    """The calibration that is in use in this scene, by the result's identity; no file is read."""
    root = next((item for item in scene.objects if has_role(item, "root", identity)), None)
    note = cast("str | None", root.get(_NOTE)) if root else None
    return load(Calibration, note, "The calibration") if note else None


def match_solve(scene: bpy.types.Scene, result: Result, solve: Solve) -> bpy.types.Object:
    """Give the result's camera the solve's lens, and let the rig move as the solve's poses; returns the camera.

    The relief hangs from the rig too, so what stands still in the footage stands still in the world.
    """
    camera = create_camera(scene, result, SceneSettings(field_of_view=solve.field_of_view))
    stop_moving(scene, result)
    if not solve.poses:
        return camera
    root = result_root(scene, result)
    root.rotation_mode = "QUATERNION"
    root[_MOVES] = solve.clip
    for path, index in _CURVES:
        set_keys(root, path, _keys(solve.poses, result, path, index), index)
    return camera


def stop_moving(scene: bpy.types.Scene, result: Result) -> None:
    """Let a rig that follows a solved camera stand still again."""
    root = result_root(scene, result)
    if root.pop(_MOVES, None) is None:
        return
    for path, index in _CURVES:
        set_keys(root, path, [], index)
    level_root(root)


def _keys(poses: Sequence[Pose], result: Result, path: str, index: int) -> list[Key]:
    """Linear between frames, as motion blur sees it."""
    values = [pose.location[index] if path == "location" else pose.rotation[index] for pose in poses]
    return [Key(result.number_one + pose.number - 1, value, hold=False) for pose, value in zip(poses, values)]
