# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a scene from a finished job: relief, points and matched camera, demo.blend, and pictures of it.

usage: blender --background --python build_demo.py -- JOB_FOLDER OUTPUT [--extension ZIP]
   or, in a Python with the module bpy:  python build_demo.py JOB_FOLDER OUTPUT [--extension ZIP]

Makes OUTPUT/demo.blend and OUTPUT/renders/relief.######.png and points.######.png, numbered as the job's files, for
the first, the middle and the last computed frame. The extension must be installed, or is, from ZIP.
"""

from __future__ import annotations

import argparse
import importlib
import math
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import bpy
from mathutils import Euler, Vector

EXTENSION = "bl_ext.user_default.estimate_depth"
# With these the floor and the walls of the example clip stand at right angles, and the floor lies level.
NEAR, FAR = 1.0, 3.0
FIELD_OF_VIEW = math.radians(60)
PITCH = math.radians(-11)
CENTER = Vector((-0.1, 1.75, -0.25))  # the dog
PICTURES = 3  # of relief and of points, spread over the clip


def build(job: Path, output: Path) -> None:
    """Make the scene of a finished job, save it, and render it from the side."""
    library = importlib.import_module(f"{EXTENSION}.scene")
    output.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    blend = str(output / "demo.blend")
    bpy.ops.wm.save_as_mainfile(filepath=blend)  # so that the result's paths become relative to it
    scene = bpy.context.scene
    result = library.load_result(job)
    settings = library.SceneSettings(field_of_view=FIELD_OF_VIEW, near=NEAR, far=FAR, edge_cut=0.05, point_size=1.2)
    relief = library.create_relief(scene, result, settings)
    points = library.create_points(scene, result, settings)
    matched = scene.camera
    relief.parent.rotation_euler.x += PITCH
    library.match_render(scene, result)
    set_stage(scene, result)
    views = {
        "relief": (relief, add_camera(scene, "Relief View", azimuth=-28, elevation=18, distance=2.9)),
        "points": (points, add_camera(scene, "Points View", azimuth=18, elevation=30, distance=2.9)),
    }
    for name, (shown, camera) in views.items():
        relief.hide_render, points.hide_render = shown != relief, shown != points
        scene.camera = camera
        for number in spread(result.numbers):
            picture(scene, result.number_one + number - 1, output / "renders" / f"{name}.{number:06d}.png")
    # What a person finds: the relief, seen as it was filmed; the points are a click away.
    relief.hide_render, points.hide_render = False, True
    points.hide_set(True)
    scene.camera = matched
    look_through_camera()
    scene.frame_set(scene.frame_start)
    bpy.ops.wm.save_as_mainfile(filepath=blend)


def spread(numbers: Sequence[int]) -> list[int]:
    """A few of the numbers, evenly from the first to the last."""
    count = min(PICTURES, len(numbers))
    return [numbers[round(place * (len(numbers) - 1) / max(count - 1, 1))] for place in range(count)]


def set_stage(scene: bpy.types.Scene, result: object) -> None:
    """The footage's time, an even background, and quick clean renders."""
    rate = Fraction(result.manifest.facts.rate)
    scene.render.fps = math.ceil(rate)
    scene.render.fps_base = math.ceil(rate) / rate
    scene.frame_start, scene.frame_end = result.numbers[0], result.numbers[-1]
    world = scene.world = bpy.data.worlds.new("Backdrop")
    if bpy.app.version < (5, 0, 0):
        world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.012, 0.012, 0.012, 1)
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 16
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces = 0  # everything shines by itself
    scene.render.use_persistent_data = True


def add_camera(
    scene: bpy.types.Scene, name: str, azimuth: float, elevation: float, distance: float
) -> bpy.types.Object:
    """A camera that looks at the center from so many degrees to the right of and above the matched camera's axis."""
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    camera.data.angle = math.radians(45)
    camera.data.clip_start = 0.01
    camera.rotation_euler = Euler((math.radians(90 - elevation), 0, math.radians(azimuth)))
    camera.location = CENTER + camera.rotation_euler.to_matrix() @ Vector((0, 0, distance))
    scene.collection.objects.link(camera)
    return camera


def look_through_camera() -> None:
    """Every 3D view shows the footage's colors through the scene's camera."""
    areas = [area for screen in bpy.data.screens for area in screen.areas if area.type == "VIEW_3D"]
    for space in (area.spaces.active for area in areas):
        space.shading.type = "MATERIAL"
        space.region_3d.view_perspective = "CAMERA"


def picture(scene: bpy.types.Scene, frame: int, path: Path) -> None:
    """Render one frame as PNG."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):  # 5.0 and newer
        settings.media_type = "IMAGE"
    settings.file_format = "PNG"
    scene.frame_set(frame)
    scene.render.filepath = str(path)
    scene.render.resolution_percentage = 75
    bpy.ops.render.render(write_still=True)
    scene.render.resolution_percentage = 100


def install(archive: Path) -> None:
    bpy.ops.extensions.package_install_files(
        filepath=str(archive), repo="user_default", enable_on_install=True, overwrite=True
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="A Blender scene of a finished job, and pictures of it.")
    parser.add_argument("job", type=Path, metavar="JOB_FOLDER")
    parser.add_argument("output", type=Path, metavar="OUTPUT")
    parser.add_argument("--extension", type=Path, metavar="ZIP", help="install the extension from this zip first")
    options = parser.parse_args(arguments)
    if options.extension:
        install(options.extension.absolute())
    build(options.job.absolute(), options.output.absolute())
    return 0


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    sys.exit(main(own))
