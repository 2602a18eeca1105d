# SPDX-License-Identifier: GPL-3.0-or-later
"""Relights one frame of finished jobs: a row of pictures for each, as filmed, and with the light at two places.

usage, in a Python with the module bpy and the engine's command at hand:
    python relight.py PICTURE.jpg JOB_FOLDER… --engine depth-engine [--frame N] [--extension ZIP]

Everything is done by the extension's own operators. docs/images/relight.jpg is frame 20 of two clips.
"""

from __future__ import annotations

import argparse
import importlib
import math
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np

EXTENSION = "bl_ext.user_default.estimate_depth"
NEAR, FAR = 1.0, 3.0
WIDTH = 400  # of each picture
PLACES = ((-0.9, 0.7, 0.9), (1.0, 0.3, 0.7))  # of the light, from what it shines on, in parts of its distance


def relight(job: Path, frame: int) -> np.ndarray:
    """Set relighting up for the job's result, and render it: a row of pictures [H,W,4], row 0 below."""
    library = importlib.import_module(f"{EXTENSION}.scene")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    result = library.load_result(job)
    settings = library.SceneSettings(field_of_view=math.radians(60), near=NEAR, far=FAR, edge_cut=0.1)
    library.create_relief(scene, result, settings)  # whose distances the normals go by
    bpy.ops.sequencer.depth_relight(folder=str(job))
    scene.frame_set(result.number_one + frame - 1)
    prepare(scene)
    lit = next(item for item in bpy.data.materials if item.name.startswith("Relit"))
    controls = lit.node_tree.nodes["Relight"].inputs
    light = next(item for item in scene.objects if item.name.endswith("Key Light"))
    target = next(item for item in scene.objects if item.name.endswith("Light Target"))
    with tempfile.TemporaryDirectory() as folder:
        kept = controls["Keep Original Light"].default_value
        controls["Keep Original Light"].default_value = 1.0
        shown = [rendered(scene, Path(folder) / "filmed.png")]
        controls["Keep Original Light"].default_value = kept
        for number, place in enumerate(PLACES):
            light.location = [at + part * -target.location.z for at, part in zip(target.location, place)]
            shown.append(rendered(scene, Path(folder) / f"relit{number}.png"))
        return np.concatenate(shown, 1)


def prepare(scene: bpy.types.Scene) -> None:
    render = scene.render
    render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 16, False
    render.resolution_x, render.resolution_y = WIDTH, round(WIDTH * render.resolution_y / render.resolution_x)
    render.image_settings.file_format = "PNG"


def rendered(scene: bpy.types.Scene, path: Path) -> np.ndarray:
    """The scene's picture [H,W,4], row 0 below."""
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(image.size[1], image.size[0], 4)


def save(pixels: np.ndarray, path: Path) -> None:
    image = bpy.data.images.new("relit", pixels.shape[1], pixels.shape[0])
    image.pixels.foreach_set(np.ascontiguousarray(pixels, np.float32).ravel())
    image.filepath_raw, image.file_format = str(path), "JPEG"
    image.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("jobs", type=Path, nargs="+")
    parser.add_argument("--engine", required=True)
    parser.add_argument("--frame", type=int, default=1)
    parser.add_argument("--extension", type=Path)
    arguments = parser.parse_args(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else None)
    if arguments.extension:
        bpy.ops.extensions.package_install_files(
            filepath=str(arguments.extension.absolute()), repo="user_default", enable_on_install=True, overwrite=True
        )
    bpy.context.preferences.addons[EXTENSION].preferences.engine = arguments.engine
    rows = [relight(job.absolute(), arguments.frame) for job in arguments.jobs]
    save(np.concatenate(rows[::-1]), arguments.picture.absolute())
    bpy.ops.preferences.addon_disable(module=EXTENSION)  # what is registered at exit can hang the module


if __name__ == "__main__":
    main()
