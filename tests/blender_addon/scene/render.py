# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender itself sees: small exact renders with Cycles, as arrays."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import OpenEXR
from numpy.typing import NDArray


def render(folder: Path, frame: int) -> dict[str, NDArray[np.float32]]:
    """The scene's camera's view at one frame: "RGB" [H,W,3] scene-linear and "Z" [H,W], sampled at pixel centers."""
    scene = bpy.context.scene
    _prepare(scene)
    scene.frame_set(frame)
    scene.render.filepath = str(folder / f"render.{frame}.exr")
    bpy.ops.render.render(write_still=True)
    passes: dict[str, NDArray[np.float32]] = {}
    for part in OpenEXR.File(scene.render.filepath, separate_channels=True).parts:
        for name, channel in part.channels.items():
            passes[name.removeprefix("ViewLayer.")] = channel.pixels
    return {
        "RGB": np.stack([passes[f"Combined.{band}"] for band in "RGB"], -1),
        "Z": passes["Depth.Z"],
    }


def _prepare(scene: bpy.types.Scene) -> None:
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.pixel_filter_type = "BOX"
    scene.cycles.filter_width = 0.01
    scene.view_layers[0].use_pass_z = True
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER"
    settings.color_depth = "32"
    if hasattr(settings, "use_exr_interleave"):  # 5.0 fails to write pixels that are not square into several parts
        settings.use_exr_interleave = True


def camera(field_of_view: float, width: int, height: int, pixel_aspect: float = 1.0) -> bpy.types.Object:
    """The scene's camera at the origin, with this horizontal field of view, and a picture of this size."""
    scene = bpy.context.scene
    lens = bpy.data.cameras.new("Camera")
    lens.sensor_fit = "HORIZONTAL"
    lens.angle = field_of_view
    made = bpy.data.objects.new("Camera", lens)
    scene.collection.objects.link(made)
    scene.camera = made
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = width, height, 100
    scene.render.pixel_aspect_x, scene.render.pixel_aspect_y = max(pixel_aspect, 1), max(1 / pixel_aspect, 1)
    return made
