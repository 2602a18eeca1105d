# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender renders a scene with known depth; the engine is given a model that knows that depth; what the extension makes
of the result is rendered through the matched camera, and must have the depth of the first scene again.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from tests.blender_addon.scene.known_depth import estimate
from tests.blender_addon.scene.made import picture_of, positions
from tests.blender_addon.scene.render import camera, render

FRAMES = (1, 2, 3)


@dataclass(frozen=True)
class Case:
    width: int
    height: int
    field_of_view: float
    pixel_aspect: str = "1"
    kind: str = "disparity"


CASES = {
    "landscape": Case(256, 144, math.radians(55)),
    "vertical": Case(108, 192, math.radians(32)),
    "anamorphic metric": Case(180, 144, math.radians(70), "64/45", "metric"),
}


@dataclass(frozen=True)
class Loop:
    """A result, and the depth along the camera's axis [H,W] of the scene that it came from, by frame."""

    case: Case
    folder: Path
    depth: dict[int, np.ndarray]


@pytest.fixture(scope="module", params=list(CASES.values()), ids=list(CASES))
def loop(request: pytest.FixtureRequest, contract: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Loop:
    case: Case = request.param
    base = tmp_path_factory.mktemp("loop")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    _moving_scene(case)
    views = {frame: render(base, frame) for frame in FRAMES}
    files = [_save_picture(base / "footage" / f"plate.{1000 + frame}.png", views[frame]["RGB"]) for frame in FRAMES]
    depth = {frame: views[frame]["Z"].astype(np.float64) for frame in FRAMES}
    disparity = np.stack([1 / depth[frame] for frame in FRAMES]).astype(np.float32)
    source = {"type": "images", "directory": str(base / "footage"), "files": [file.name for file in files]}
    folder = estimate(base / "loop.depth", source, disparity, kind=case.kind)
    if case.pixel_aspect != "1":  # pictures do not tell theirs
        manifest = contract.JobFolder(folder).read_manifest()
        facts = dataclasses.replace(manifest.facts, pixel_aspect=case.pixel_aspect)
        manifest = dataclasses.replace(manifest, facts=facts)
        contract.write_text(folder / "manifest.json", contract.to_json(manifest))
    return Loop(case, folder, depth)


def _moving_scene(case: Case) -> None:
    """A tilted floor and a wall, and before them a ball and a box that move."""
    numerator, _, denominator = case.pixel_aspect.partition("/")
    view = camera(case.field_of_view, case.width, case.height, int(numerator) / int(denominator or 1))
    view.location, view.rotation_euler = (3.0, -1.0, 1.5), (math.radians(84), math.radians(3), math.radians(20))
    ahead = view.matrix_basis @ Vector((0, 0, -1)) - view.location
    bpy.ops.mesh.primitive_plane_add(size=200, location=(0, 0, -1), rotation=(0.02, 0.01, 0))
    bpy.ops.mesh.primitive_plane_add(size=200, location=view.location + 18 * ahead, rotation=view.rotation_euler)
    bpy.ops.mesh.primitive_uv_sphere_add(radius=1, segments=64, ring_count=32)
    ball = bpy.context.object
    bpy.ops.mesh.primitive_cube_add(size=1.2, rotation=(0.3, 0.5, 0.7))
    box = bpy.context.object
    for frame in FRAMES:
        ball.location = view.location + 7 * ahead + Vector((frame * 0.6 - 1.5, 0, 0.2))
        box.location = view.location + (6 - frame) * ahead + Vector((0.5, 0, -0.4))
        ball.keyframe_insert("location", frame=frame)
        box.keyframe_insert("location", frame=frame)


def _save_picture(path: Path, rgb: np.ndarray) -> Path:
    height, width, _ = rgb.shape
    image = bpy.data.images.new("plate", width, height)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = np.clip(rgb[::-1], 0, 1)
    image.pixels.foreach_set(pixels.ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    path.parent.mkdir(exist_ok=True)
    image.save()
    return path


def load(library: ModuleType, loop: Loop):
    """The result, and settings that undo what the model could not know: the scale of relative depth."""
    result = library.load_result(loop.folder)
    ranges = result.manifest.shots[0]
    near, far = (0.01, 1e4) if result.metric else (1 / ranges.p99, 1 / ranges.p1)
    return result, library.SceneSettings(field_of_view=loop.case.field_of_view, near=near, far=far)


def test_the_relief_has_the_scene_s_depth(library: ModuleType, loop: Loop, tmp_path: Path) -> None:
    result, settings = load(library, loop)
    scene = bpy.context.scene
    library.create_relief(scene, result, settings)
    library.match_render(scene, result)
    assert (scene.render.resolution_x, scene.render.resolution_y) == (loop.case.width, loop.case.height)
    for frame in FRAMES:
        seen = render(tmp_path, frame)["Z"]
        hit = seen < 1e9
        error = np.abs(seen - loop.depth[frame])[hit] / loop.depth[frame][hit]
        assert hit.mean() > 0.95  # the grid ends at the outermost pixels' centers
        assert np.median(error) < 1e-4
        assert np.percentile(error, 90) < 1e-3


def test_the_points_fall_on_their_pixels(library: ModuleType, loop: Loop) -> None:
    result, settings = load(library, loop)
    scene = bpy.context.scene
    points = library.create_points(scene, result, settings)
    library.match_render(scene, result)
    width, height = loop.case.width, loop.case.height
    for frame in FRAMES:
        scene.frame_set(frame)
        placed = picture_of(positions(points), width, height)
        error = np.abs(-placed[..., 2] - loop.depth[frame]) / loop.depth[frame]
        assert np.median(error) < 1e-4
        for row in range(0, height, 13):
            for column in range(0, width, 11):
                there = points.matrix_world @ Vector(placed[row, column])
                x, y, depth = world_to_camera_view(scene, scene.camera, there)
                assert (x * width - 0.5, (1 - y) * height - 0.5) == pytest.approx((column, row), abs=2e-3)
                assert depth == pytest.approx(-placed[row, column, 2], rel=1e-5)
