# SPDX-License-Identifier: GPL-3.0-or-later
"""A ball on a floor whose depth and shading Cycles itself renders, and the engine's result of that depth."""

from __future__ import annotations

import json
import math
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from tests.blender_addon.scene.known_depth import estimate
from tests.blender_addon.scene.render import camera, render
from tests.support.elsewhere import ROOT, engine_python

WIDTH, HEIGHT, VIEW = 96, 54, math.radians(50)
GREY = 0.5
Picture = NDArray[np.float32]
SUNS = {"left": (math.radians(40), 0.0, math.radians(-50)), "right": (math.radians(50), 0.0, math.radians(40))}


@dataclass(frozen=True)
class Truth:
    """A result, and how Cycles shades the true geometry under each sun, without and with shadows that things cast:
    [H,W] scene-linear.
    """

    folder: Path
    shading: dict[tuple[str, bool], Picture]


def make_truth(base: Path) -> Truth:
    """Render the scene in a file of its own. The footage is flat grey, so only what is relit has shading."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    view = camera(VIEW, WIDTH, HEIGHT)
    view.rotation_euler.x = math.pi / 2  # where the result's own camera will be
    grey = bpy.data.materials.new("Grey")
    grey.use_nodes = True
    surface = grey.node_tree.nodes["Principled BSDF"].inputs
    surface["Base Color"].default_value = (GREY, GREY, GREY, 1)
    surface["Roughness"].default_value = 1
    surface["Specular IOR Level"].default_value = 0
    bpy.ops.mesh.primitive_plane_add(size=60, location=(0, 20, -1))
    bpy.context.object.data.materials.append(grey)
    bpy.ops.mesh.primitive_plane_add(size=60, location=(0, 9, 0), rotation=(math.pi / 2, 0, 0))
    bpy.context.object.data.materials.append(grey)
    bpy.ops.mesh.primitive_uv_sphere_add(radius=1, segments=128, ring_count=64, location=(0.3, 5, 0))
    bpy.ops.object.shade_smooth()
    bpy.context.object.data.materials.append(grey)
    shading = {(sun, cast): shaded(base, sun, cast)[0] for sun in SUNS for cast in (False, True)}
    (base / "footage").mkdir()
    plate = bpy.data.images.new("plate", WIDTH, HEIGHT)
    plate.pixels.foreach_set(np.tile(np.float32((GREY, GREY, GREY, 1)), WIDTH * HEIGHT))
    plate.filepath_raw, plate.file_format = str(base / "footage" / "plate.1001.png"), "PNG"
    plate.save()
    depth = render(base, 1)["Z"]
    source = {"type": "images", "directory": str(base / "footage"), "files": ["plate.1001.png"]}
    folder = estimate(base / "ball.depth", source, (1 / depth)[None])
    return Truth(folder, shading)


def shaded(base: Path, sun: str, cast: bool) -> tuple[Picture, NDArray[np.bool_]]:
    """The scene's picture [H,W] with nothing but this sun, which is made or turned, and where there is a surface."""
    lamp = bpy.data.objects.get("Sun")
    if not lamp:
        data = bpy.data.lights.new("Sun", "SUN")
        data.energy, data.angle = 3.0, 0.0
        lamp = bpy.data.objects.new("Sun", data)
        bpy.context.scene.collection.objects.link(lamp)
    lamp.rotation_euler = SUNS[sun]
    lamp.data.use_shadow = cast
    bpy.context.scene.cycles.max_bounces = 0
    passes = render(base, 1)
    return passes["RGB"].mean(-1), passes["Z"] < 1e9


def normals(contract: ModuleType, folder: Path, **options: Any) -> Any:
    """What the engine's own command makes of a result: its answer."""
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [engine_python(), "-m", "depth_engine", "normals", folder, "--json", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return contract.load(contract.NormalsAnswer, json.dumps(json.loads(done.stdout)), "the answer")
