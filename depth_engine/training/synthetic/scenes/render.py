# SPDX-License-Identifier: Apache-2.0
"""Cycles on the processor, set for many small pictures.

Each frame is rendered twice. Colour: few samples, denoised with albedo and normals, a soft pixel filter. Data: one
sample at each pixel's very centre, no light, so that depth belongs to the ray that the camera's numbers describe.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import bpy

from .cameras import Pose
from .request import Request, colour_file, data_file

SAMPLES = 2
FAR = 20_000.0
"""Metres: what is farther is not rendered, and sky lies beyond."""


class Unfit(Exception):
    """Says why Blender cannot do the work, as the end of a sentence about it."""


def prepare(scene: bpy.types.Scene, request: Request) -> bpy.types.Object:
    """Set the scene for rendering; returns its camera. Raises Unfit."""
    render, cycles = scene.render, cast("Any", scene).cycles
    cast("Any", render).engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = request.width, request.height, 100
    render.use_persistent_data = True
    render.use_compositing = render.use_sequencer = False
    render.threads_mode, render.threads = "FIXED", 1  # generate runs one process a core
    cycles.device, cycles.seed = "CPU", request.seed % 2**31
    cycles.use_adaptive_sampling = cycles.use_auto_tile = False
    try:
        cycles.denoiser, cycles.denoising_input_passes = "OPENIMAGEDENOISE", "RGB_ALBEDO_NORMAL"
    except TypeError as error:
        raise Unfit("was built without the denoiser Open Image Denoise") from error
    cycles.denoising_prefilter, cycles.denoising_quality = "FAST", "BALANCED"
    cycles.diffuse_bounces, cycles.glossy_bounces = 1, 2
    cycles.transmission_bounces, cycles.transparent_max_bounces = 3, 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 5
    layer = scene.view_layers[0]
    layer.use_pass_z = layer.use_pass_object_index = True
    layer.pass_alpha_threshold = 0.4  # depth is that of what stands behind clear panes
    image = cast("Any", render.image_settings)
    if hasattr(image, "media_type"):  # Blender 5.0
        image.media_type = "MULTI_LAYER_IMAGE"
    image.file_format, image.color_depth, image.exr_codec = "OPEN_EXR_MULTILAYER", "32", "ZIPS"
    return _camera(scene, request)


def aim(camera: bpy.types.Object, pose: Pose) -> None:
    """Give the camera a pose."""
    camera.matrix_world = pose.matrix
    cast("bpy.types.Camera", camera.data).angle = pose.angle


def render_frame(scene: bpy.types.Scene, index: int, folder: Path) -> None:
    """Render the scene as it stands into the two files of a frame."""
    cycles = cast("Any", scene).cycles
    cycles.samples, cycles.use_denoising, cycles.max_bounces, cycles.filter_width = SAMPLES, True, 4, 1.5
    _write(scene, folder / colour_file(index))
    cycles.samples, cycles.use_denoising, cycles.max_bounces, cycles.filter_width = 1, False, 0, 0.01
    _write(scene, folder / data_file(index))


def _write(scene: bpy.types.Scene, path: Path) -> None:
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def _camera(scene: bpy.types.Scene, request: Request) -> bpy.types.Object:
    data = bpy.data.cameras.new("camera")
    data.clip_start, data.clip_end = 0.01, FAR
    data.sensor_fit = "HORIZONTAL" if request.width >= request.height else "VERTICAL"
    camera = bpy.data.objects.new("camera", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    return camera
