# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera that sees the relief as the footage was filmed, and render settings that fit it."""

from __future__ import annotations

from typing import cast

import bpy

from .images import load_sequence, play
from .marks import find
from .result import Result
from .rig import add_object, result_collection
from .settings import SceneSettings


def create_camera(scene: bpy.types.Scene, result: Result, settings: SceneSettings) -> bpy.types.Object:
    """The result's matched camera with this field of view: made, or the one that is there, changed.

    Its field of view is the one that counts: relief and points follow it, also when its lens is changed or animated.
    It becomes the scene's camera only if the scene has none.
    """
    camera = find_camera(scene, result) or add_object(scene, result, "Camera", bpy.data.cameras.new)
    lens = cast(bpy.types.Camera, camera.data)
    # The horizontal field of view, whatever the picture's shape.
    lens.sensor_fit = "HORIZONTAL"
    lens.angle = settings.field_of_view
    lens.clip_start = 0.01
    lens.clip_end = max(1000.0, 10.0 * settings.far)
    lens.display_size = 0.3
    if settings.background and not lens.background_images:
        _show_footage(lens, result)
    scene.camera = scene.camera or camera
    return camera


def find_camera(scene: bpy.types.Scene, result: Result) -> bpy.types.Object | None:
    return find(result_collection(scene, result).objects, "camera", result)


def look_through(scene: bpy.types.Scene, camera: bpy.types.Object) -> list[str]:
    """Render through this camera; returns what was changed, in words."""
    if scene.camera == camera:
        return []
    scene.camera = camera
    return [f"made {camera.name} the scene's camera"]


def _show_footage(lens: bpy.types.Camera, result: Result) -> None:
    background = lens.background_images.new()
    background.image = load_sequence(result, result.manifest.proxy_color, data=False)
    background.frame_method = "STRETCH"
    background.alpha = 1.0
    play(background.image_user, lens, "background_images[0].image_user", result)
    lens.show_background_images = True


def match_render(scene: bpy.types.Scene, result: Result) -> list[str]:
    """Give the scene the footage's size and pixel aspect, and the view transform that shows colors as filmed.

    Returns what was changed, in words.
    """
    facts, render = result.manifest.facts, scene.render
    view = cast(bpy.types.ColorManagedViewSettings, scene.view_settings)
    aspect = result.pixel_aspect
    # Blender wants both at 1 or more.
    aspects = max(aspect, 1.0), max(1.0 / aspect, 1.0)
    changes: list[str] = []
    shown = (render.resolution_x, render.resolution_y, render.resolution_percentage)
    if shown != (facts.width, facts.height, 100) or (render.pixel_aspect_x, render.pixel_aspect_y) != aspects:
        changes.append(f"made the render {facts.width} × {facts.height}")
    if (view.view_transform, view.look) != ("Standard", "None"):
        changes.append("set the view transform to Standard")
    render.resolution_x, render.resolution_y, render.resolution_percentage = facts.width, facts.height, 100
    render.pixel_aspect_x, render.pixel_aspect_y = aspects
    view.view_transform = "Standard"  # type: ignore[assignment]
    view.look = "None"  # type: ignore[assignment]
    return changes
