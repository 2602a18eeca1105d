# SPDX-License-Identifier: GPL-3.0-or-later
"""An object that plays a result through its depth group: what relief and points have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import bpy

from .animation import set_keys
from .camera import create_camera, find_camera
from .images import load_sequence
from .nodes import FLAT, PERSPECTIVE, Kind, depth_group, input_path, set_input
from .result import Result
from .rig import add_object
from .settings import RangeMode, SceneSettings
from .timing import clip_range, file_number_keys, shot_range_keys

_MODIFIER = "Depth"


def add_player(
    scene: bpy.types.Scene,
    result: Result,
    settings: SceneSettings,
    kind: Kind,
    new_data: Callable[[str], bpy.types.ID],
    material: bpy.types.Material,
) -> bpy.types.Object:
    """An object whose geometry is the result at the current frame, in front of the result's camera."""
    depth = load_sequence(result, result.manifest.proxy_depth, data=True)
    camera = find_camera(scene, result) or create_camera(scene, result, settings)
    played = add_object(scene, result, kind.capitalize(), new_data)
    modifier = cast(bpy.types.NodesModifier, played.modifiers.new(_MODIFIER, "NODES"))
    modifier.node_group = depth_group(kind)
    _set_source(modifier, result)
    set_input(modifier, "Depth", depth)
    set_input(modifier, "Material", material)
    _set_controls(modifier, settings)
    set_range(played, result, settings.range_mode)
    set_keys(played, input_path(modifier, "Frame"), file_number_keys(result.numbers, result.number_one))
    _follow(camera, played, input_path(modifier, "Field of View"))
    return played


def _set_source(modifier: bpy.types.NodesModifier, result: Result) -> None:
    set_input(modifier, "Columns", result.manifest.proxy_depth.width)
    set_input(modifier, "Rows", result.manifest.proxy_depth.height)
    set_input(modifier, "Aspect", result.picture_aspect)
    set_input(modifier, "Metric", result.metric)


def _set_controls(modifier: bpy.types.NodesModifier, settings: SceneSettings) -> None:
    set_input(modifier, "Projection", FLAT if settings.projection == "FLAT" else PERSPECTIVE)
    set_input(modifier, "Near", settings.near)
    set_input(modifier, "Far", settings.far)
    set_input(modifier, "Invert", settings.invert)
    set_input(modifier, "Edge Cut", settings.edge_cut)
    set_input(modifier, "Stride", settings.stride)


def player(played: bpy.types.Object) -> bpy.types.NodesModifier:
    """The modifier of a relief or points that holds its live controls."""
    return cast(bpy.types.NodesModifier, played.modifiers[_MODIFIER])


def set_range(played: bpy.types.Object, result: Result, mode: RangeMode) -> None:
    """Give Range Min and Range Max of a relief or points: keyed shot by shot, or one range free to be changed."""
    modifier = player(played)
    shots = result.manifest.shots
    low, high = shot_range_keys(shots, result.numbers, result.number_one) if mode == "SHOT" else ([], [])
    for name, value, keys in zip(("Range Min", "Range Max"), clip_range(shots), (low, high)):
        set_input(modifier, name, value)
        set_keys(played, input_path(modifier, name), keys)
    played.update_tag()


def _follow(camera: bpy.types.Object, played: bpy.types.Object, data_path: str) -> None:
    """Drive the field of view by the camera's. A sum of one variable needs no Python, so no trust in the file."""
    curve = cast(bpy.types.FCurve, played.driver_add(data_path))
    driver = cast(bpy.types.Driver, curve.driver)
    driver.type = "SUM"
    target = driver.variables.new().targets[0]
    target.id_type = "CAMERA"
    target.id = camera.data
    target.data_path = "angle"
