# SPDX-License-Identifier: GPL-3.0-or-later
"""An object that plays a result through its depth group: what relief and points have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

import bpy

from ..engine.contract import DepthError, ExitCode
from .animation import drive, set_keys
from .camera import create_camera, find_camera
from .images import absolute_path, load_sequence
from .materials import hold_out_material
from .nodes import (
    FLAT,
    FRAMES,
    MASK_ALPHA,
    MASK_BRIGHTNESS,
    PERSPECTIVE,
    SIZE_SCREEN,
    SIZE_WORLD,
    Kind,
    depth_group,
    get_input,
    has_input,
    input_path,
    is_depth_group,
    set_input,
)
from .ranges import NAMES, Range, range_keys
from .result import Result, load_result
from .rig import add_object
from .settings import RangeMode, SceneSettings
from .timing import clip_range

MaskChannel = Literal["BRIGHTNESS", "ALPHA"]

_MODIFIER = "Depth"
_FREE = "estimate_depth_near_far"


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
    color = load_sequence(result, result.manifest.proxy_color, data=False)
    camera = find_camera(scene, result) or create_camera(scene, result, settings)
    played = add_object(scene, result, kind.capitalize(), new_data)
    modifier = cast(bpy.types.NodesModifier, played.modifiers.new(_MODIFIER, "NODES"))
    modifier.node_group = depth_group(kind)
    _set_source(modifier, result)
    set_input(modifier, "Depth", depth)
    set_input(modifier, "Color", color)
    set_input(modifier, "Material", material)
    set_input(modifier, "Hold-Out Material", hold_out_material())
    for name, value in _controls(settings).items():
        if has_input(modifier, name):  # some are only for points, some only for reliefs
            set_input(modifier, name, value)
    set_range(played, result, settings.range_mode)
    for offset, name in FRAMES.items():
        set_keys(played, input_path(modifier, name), result.file_keys(offset))
    if result.manifest.facts.alpha:  # what the footage leaves clear is not part of it
        show_mask(played, result, color, result.numbers, "ALPHA")
    _follow(camera, played, input_path(modifier, "Field of View"))
    return played


def _set_source(modifier: bpy.types.NodesModifier, result: Result) -> None:
    set_input(modifier, "Columns", result.manifest.proxy_depth.width)
    set_input(modifier, "Rows", result.manifest.proxy_depth.height)
    set_input(modifier, "Aspect", result.picture_aspect)
    set_input(modifier, "Metric", result.metric)


def _controls(settings: SceneSettings) -> dict[str, Any]:
    return {
        "Projection": FLAT if settings.projection == "FLAT" else PERSPECTIVE,
        "Near": settings.near,
        "Far": settings.far,
        "Invert": settings.invert,
        "Time Smoothing": settings.time_smoothing,
        "Edge Cut": settings.edge_cut,
        "Grazing Cut": settings.grazing_cut,
        "Cut Softness": settings.cut_softness,
        "Sky Cut": settings.sky_cut,
        "Crop Near": settings.crop_near,
        "Crop Far": settings.crop_far,
        "Hold-Out": settings.hold_out,
        "Stride": settings.stride,
        "Vertex Colors": settings.vertex_colors,
        "Density": settings.density,
        "Size Mode": SIZE_WORLD if settings.size_mode == "WORLD" else SIZE_SCREEN,
        "Point Size": settings.point_size,
        "Point Radius": settings.point_radius,
    }


def show_mask(
    played: bpy.types.Object, result: Result, image: bpy.types.Image, numbers: Sequence[int], channel: MaskChannel
) -> None:
    """Mask with an image; numbers: which of its frames belongs to each of the result's files, none for a still."""
    modifier = player(played)
    if not has_input(modifier, "Mask"):
        raise DepthError(
            ExitCode.USAGE, f"{played.name} was made by an earlier version without masks.", "Create it again."
        )
    set_input(modifier, "Mask", image)
    set_input(modifier, "Mask From", MASK_ALPHA if channel == "ALPHA" else MASK_BRIGHTNESS)
    set_keys(played, input_path(modifier, "Mask Frame"), result.file_keys(shown=numbers) if numbers else [])
    played.update_tag()


def find_player(played: bpy.types.Object) -> bpy.types.NodesModifier | None:
    """The modifier with the live controls, of this or an earlier version; None if this is no relief and no points."""
    for modifier in played.modifiers:
        if isinstance(modifier, bpy.types.NodesModifier) and is_depth_group(modifier.node_group):
            return modifier
    return None


def player(played: bpy.types.Object) -> bpy.types.NodesModifier:
    """The modifier of a relief or points that holds its live controls. Raises DepthError for other objects."""
    modifier = find_player(played)
    if modifier is None:
        raise DepthError(ExitCode.USAGE, f"{played.name} plays no result.", "Select a relief or points made from one.")
    return modifier


def result_of(played: bpy.types.Object) -> Result:
    """The result that a relief or points play. Raises DepthError when the object or the result's folder is none."""
    image = cast("bpy.types.Image | None", get_input(player(played), "Depth"))
    if image is None:
        raise DepthError(ExitCode.BAD_INPUT, f"{played.name} has no depth images.", "Create it again.")
    return load_result(absolute_path(image).parent.parent)


def set_range(played: bpy.types.Object, result: Result, mode: RangeMode) -> None:
    """Give Range Min and Range Max of a relief or points: keyed shot by shot, or one range free to be changed.

    A calibrated result has Near and Far keyed too, shot by shot; until it is reset, whatever the mode.
    """
    modifier = player(played)
    shots = result.manifest.shots
    near, far = _free_near_far(played, modifier, calibrated=result.calibration is not None)
    set_input(modifier, "Metric", result.metric and result.calibration is None)
    keyed = NAMES if result.calibration else NAMES[2:] if mode == "SHOT" else ()
    values = Range(near, far, *clip_range(shots))
    for name, value, keys in zip(NAMES, values, range_keys(result, near, far)):
        set_input(modifier, name, value)
        set_keys(played, input_path(modifier, name), keys if name in keyed else [])
    played.update_tag()


def _free_near_far(
    played: bpy.types.Object, modifier: bpy.types.NodesModifier, calibrated: bool
) -> tuple[float, float]:
    """Near and Far as the artist set them: they are kept while a calibration has taken their place."""
    near, far = played.get(_FREE) or (get_input(modifier, "Near"), get_input(modifier, "Far"))
    if calibrated:
        played[_FREE] = (near, far)
    else:
        played.pop(_FREE, None)
    return near, far


def _follow(camera: bpy.types.Object, played: bpy.types.Object, data_path: str) -> None:
    """Drive the field of view by the camera's. A sum of one variable needs no Python, so no trust in the file."""
    drive(played, data_path, {"angle": (cast(bpy.types.Camera, camera.data), "angle")})
