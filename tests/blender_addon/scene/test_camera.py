# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.made import evaluated, picture_of, positions, waves, write_result
from tests.blender_addon.scene.render import render

CLIP = {number: waves(number) for number in range(1, 4)}


@pytest.fixture
def result(library, write):
    return library.load_result(write(CLIP, size=(1920, 1080)))


def spread(made: bpy.types.Object) -> float:
    """Tangent of half the horizontal angle that the grid of 24 columns spans."""
    found = picture_of(positions(made), 24, 16)
    return float(found[0, -1, 0] / -found[0, -1, 2] * 24 / 23)


@pytest.mark.parametrize("create", ["create_relief", "create_points"])
def test_the_lens_and_what_it_sees_stay_in_step(library, result, create) -> None:
    scene = bpy.context.scene
    made = getattr(library, create)(scene, result, library.SceneSettings(field_of_view=math.radians(40)))
    lens = scene.camera.data
    assert lens.angle == pytest.approx(math.radians(40))
    assert spread(made) == pytest.approx(math.tan(math.radians(20)), rel=1e-5)
    lens.lens = 100
    bpy.context.view_layer.update()
    assert spread(made) == pytest.approx(18 / 100, rel=1e-5)
    lens.angle = math.radians(80)
    bpy.context.view_layer.update()
    assert spread(made) == pytest.approx(math.tan(math.radians(40)), rel=1e-5)
    for frame, value in ((1, 20), (3, 60)):  # a zoom
        lens.lens = value
        lens.keyframe_insert("lens", frame=frame)
    for frame, value in ((1, 20), (3, 60)):
        scene.frame_set(frame)
        assert spread(made) == pytest.approx(18 / value, rel=1e-4)


def test_a_camera_made_again_changes_the_one_there_is(library, result) -> None:
    scene = bpy.context.scene
    relief = library.create_relief(scene, result, library.SceneSettings())
    camera = scene.camera
    again = library.create_camera(scene, result, library.SceneSettings(field_of_view=1.0))
    assert again == camera and len(bpy.data.cameras) == 1
    bpy.context.view_layer.update()
    assert spread(relief) == pytest.approx(math.tan(0.5), rel=1e-5)


def test_the_scene_s_own_camera_stays(library, result) -> None:
    scene = bpy.context.scene
    own = bpy.data.objects.new("Own", bpy.data.cameras.new("Own"))
    scene.collection.objects.link(own)
    scene.camera = own
    library.create_relief(scene, result, library.SceneSettings())
    assert scene.camera == own
    assert bpy.ops.sequencer.depth_create_camera(folder=str(result.folder)) == {"FINISHED"}
    assert scene.camera != own  # that is what it was pressed for


def test_everything_hangs_from_one_empty_in_one_collection(library, result) -> None:
    scene = bpy.context.scene
    settings = library.SceneSettings()
    made = [create(scene, result, settings) for create in (library.create_relief, library.create_points)]
    collection = scene.collection.children["clip"]
    assert len(scene.collection.children) == 1 and len(collection.objects) == 4
    root = collection.objects["clip"]
    assert root.type == "EMPTY"
    children = (*made, scene.camera)
    assert set(root.children) == set(children)
    root.location = (1, 2, 3)
    bpy.context.view_layer.update()
    for child in children:
        # All look from where the empty is, along the world's +Y, upright.
        matrix = np.array(child.matrix_world)
        assert np.allclose(matrix[:3, 3], (1, 2, 3))
        assert np.allclose(matrix[:3, :3] @ (0, 0, -1), (0, 1, 0), atol=1e-6)
        assert np.allclose(matrix[:3, :3] @ (0, 1, 0), (0, 0, 1), atol=1e-6)


def test_two_results_do_not_mix(library, contract, tmp_path: Path) -> None:
    scene = bpy.context.scene
    for name in ("a.depth", "b.depth"):
        result = library.load_result(write_result(contract, tmp_path / name, CLIP))
        library.create_relief(scene, result, library.SceneSettings())
        library.create_points(scene, result, library.SceneSettings())
    assert len(scene.collection.children) == 2 and len(bpy.data.cameras) == 2
    assert sorted(group.name for group in bpy.data.node_groups) == ["Depth Points", "Depth Relief"]


@pytest.mark.parametrize(("aspect", "x", "y"), [("1", 1, 1), ("64/45", 64 / 45, 1), ("1/2", 1, 2)])
def test_render_settings_are_changed_only_when_asked(library, contract, tmp_path, aspect, x, y) -> None:
    scene = bpy.context.scene
    folder = write_result(contract, tmp_path / "a.depth", CLIP, size=(720, 576), pixel_aspect=aspect)
    result = library.load_result(folder)
    before = (scene.render.resolution_x, scene.view_settings.view_transform)
    library.create_relief(scene, result, library.SceneSettings())
    assert (scene.render.resolution_x, scene.view_settings.view_transform) == before
    library.match_render(scene, result)
    render = scene.render
    assert (render.resolution_x, render.resolution_y, render.resolution_percentage) == (720, 576, 100)
    assert (render.pixel_aspect_x, render.pixel_aspect_y) == pytest.approx((x, y))
    assert scene.view_settings.view_transform == "Standard"


def test_the_footage_stands_behind_the_view_in_time(library, contract, tmp_path) -> None:
    scene = bpy.context.scene
    pictures = {number: waves(number) for number in (2, 5, 6)}
    result = library.load_result(write_result(contract, tmp_path / "a.depth", pictures))
    camera = library.create_camera(scene, result, library.SceneSettings())
    camera.keyframe_insert("location", frame=1)  # from 4.4 on, object and lens share an action
    library.create_camera(scene, result, library.SceneSettings(background=True))
    library.create_camera(scene, result, library.SceneSettings(background=True))
    assert camera.data.show_background_images and len(camera.data.background_images) == 1
    for frame, shown in ((-5, 2), (2, 2), (4, 2), (5, 5), (6, 6), (50, 6)):
        scene.frame_set(frame)
        user = evaluated(camera).background_images[0].image_user
        assert (user.frame_duration, user.frame_offset + 1) == (1, shown)


@pytest.mark.parametrize("create", ["create_relief", "create_points"])
def test_the_footage_s_colors_are_seen_unlit(library, contract, tmp_path, create) -> None:
    """In the dark, through the matched camera, at every frame: the footage's own color."""
    scene = bpy.context.scene
    colors = {2: (0.1, 0.5, 0.9), 5: (0.8, 0.3, 0.2)}
    pictures = {number: waves(number) for number in colors}
    result = library.load_result(write_result(contract, tmp_path / "a.depth", pictures, colors=colors))
    getattr(library, create)(scene, result, library.SceneSettings(point_size=3.0))
    library.match_render(scene, result)
    for frame, shown in ((-5, 2), (2, 2), (4, 2), (5, 5), (50, 5)):
        seen = render(tmp_path, frame)["RGB"]
        assert np.allclose(seen[2:-2, 2:-2], colors[shown], atol=1e-4)
