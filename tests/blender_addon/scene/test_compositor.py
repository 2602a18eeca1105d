# SPDX-License-Identifier: GPL-3.0-or-later
"""What the compositor makes of depth, pixel by pixel, against numpy."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import bpy
import numpy as np
import OpenEXR
import pytest

from tests.blender_addon.scene.made import control, depth_of, shot, waves, write_exr
from tests.blender_addon.scene.render import camera

SIZE = (96, 54)
CLIP = {number: waves(number, SIZE) for number in (1, 2, 5)}
COLORS = {1: (0.2, 0.5, 0.8), 2: (0.9, 0.1, 0.3), 5: (0.4, 0.6, 0.1)}


@pytest.fixture
def result(library, write):
    return library.load_result(write(CLIP, colors=COLORS))


@pytest.fixture
def set_up(library, result):
    """Sets up compositing in the open scene at the footage's size; gives the live nodes by their group's name."""

    def act(near=1.0, far=20.0, **how):
        scene = bpy.context.scene
        scene.render.resolution_x, scene.render.resolution_y = SIZE
        scene.render.resolution_percentage = 100
        settings = library.SceneSettings(near=near, far=far)
        changes = library.set_up_compositing(scene, result, settings, library.CompositingSettings(**how))
        nodes = {node.node_tree.name: node for node in library.compositing_nodes(scene, result.identity)}
        return nodes, changes

    return act


def composited(folder: Path, frame: int) -> np.ndarray:
    """The scene's final picture [H,W,4], scene-linear; walls stand before whichever camera sees it."""
    for wall in (thing for thing in bpy.data.objects if thing.type == "MESH"):
        wall.parent = bpy.context.scene.camera
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.use_adaptive_sampling = 1, False, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 0.01
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth, settings.color_mode = "OPEN_EXR", "32", "RGBA"
    scene.frame_set(frame)
    scene.render.filepath = str(folder / f"final.{frame}.exr")
    bpy.ops.render.render(write_still=True)
    (pixels,) = (channel.pixels for channel in OpenEXR.File(scene.render.filepath).channels().values())
    return pixels


def depth(result, number: int, near=1.0, far=20.0) -> np.ndarray:
    ranges = result.manifest.shots[0]
    return depth_of(CLIP[number], ranges.p1, ranges.p99, near, far)


def fogged(image, depth, color, density, start) -> np.ndarray:
    share = 1 - np.exp(-density * np.maximum(depth - start, 0))[..., None]
    return image * (1 - share) + np.array(color) * share


def flat(number: int) -> np.ndarray:
    return np.broadcast_to(np.array(COLORS[number]), (SIZE[1], SIZE[0], 3))


def tree():
    scene = bpy.context.scene
    return scene.compositing_node_group if hasattr(scene, "compositing_node_group") else scene.node_tree


def compat_of(library):
    return importlib.import_module(f"{library.__name__.rpartition('.')[0]}.compat")


def box(distance: float, half: bool = False) -> None:
    """A red emitting wall before the camera, over the picture's left half or all of it."""
    camera(math.radians(55), *SIZE)
    bpy.ops.mesh.primitive_plane_add(size=100, location=(-50 if half else 0, 0, -distance))
    red = bpy.data.materials.new("Red")
    red.use_nodes = True
    surface = red.node_tree.nodes["Principled BSDF"].inputs
    surface["Base Color"].default_value = (0, 0, 0, 1)
    surface["Specular IOR Level"].default_value = 0
    surface["Emission Color"].default_value = (1, 0, 0, 1)
    surface["Emission Strength"].default_value = 1
    bpy.context.object.data.materials.append(red)


@pytest.mark.parametrize(("frame", "shown"), [(1, 1), (2, 2), (4, 2), (5, 5), (9, 5)])
def test_fog_is_the_formula_on_every_pixel_and_skipped_frames_hold(set_up, result, tmp_path, frame, shown) -> None:
    nodes, changes = set_up(near=0.5, far=12.0)
    assert changes == [] and list(nodes) == ["Depth from Disparity", "Depth Fog"]
    fog = nodes["Depth Fog"].inputs
    fog["Fog Color"].default_value, fog["Density"].default_value, fog["Start"].default_value = (0, 1, 0.5, 1), 0.4, 0.8
    found = composited(tmp_path, frame)[..., :3]
    wanted = fogged(flat(shown), depth(result, shown, 0.5, 12.0), (0, 1, 0.5), 0.4, 0.8)
    assert np.abs(found - wanted).max() < 1e-3


def test_each_shot_has_its_own_range(library, contract, write, tmp_path) -> None:
    pictures = {1: waves(1, SIZE), 2: waves(2, SIZE) * 3 + 1}
    shots = [shot(contract, pictures, number, number) for number in (1, 2)]
    result = library.load_result(write(pictures, shots=shots, colors={1: COLORS[1], 2: COLORS[2]}))
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    library.set_up_compositing(scene, result, library.SceneSettings(), library.CompositingSettings())
    fog = library.compositing_nodes(scene, result.identity)[1].inputs
    color, density, start = fog["Fog Color"].default_value[:3], fog["Density"].default_value, fog["Start"].default_value
    for number, ranges in zip((1, 2), shots):
        wanted = fogged(flat(number), depth_of(pictures[number], ranges.p1, ranges.p99, 1, 20), color, density, start)
        assert np.abs(composited(tmp_path, number)[..., :3] - wanted).max() < 1e-3


def test_the_relief_s_controls_drive_it(library, result, set_up, tmp_path) -> None:
    relief = library.create_relief(bpy.context.scene, result, library.SceneSettings(near=2.0, far=8.0))
    nodes, _ = set_up()
    nodes["Depth Fog"].inputs["Density"].default_value = 0.3
    fog = nodes["Depth Fog"].inputs
    color, start = fog["Fog Color"].default_value[:3], fog["Start"].default_value
    assert (
        np.abs(composited(tmp_path, 2)[..., :3] - fogged(flat(2), depth(result, 2, 2.0, 8.0), color, 0.3, start)).max()
        < 1e-3
    )
    control(relief, "Far", 30.0)
    assert (
        np.abs(composited(tmp_path, 2)[..., :3] - fogged(flat(2), depth(result, 2, 2.0, 30.0), color, 0.3, start)).max()
        < 1e-3
    )
    bpy.data.objects.remove(relief)
    nodes, _ = set_up()
    nodes["Depth from Disparity"].inputs["Far"].default_value = 5.0
    assert (
        np.abs(composited(tmp_path, 2)[..., :3] - fogged(flat(2), depth(result, 2, 2.0, 5.0), color, 0.3, start)).max()
        < 1e-3
    )


def test_merging_shows_what_is_nearer(set_up, result, tmp_path) -> None:
    wall = float(np.median(depth(result, 2)))
    box(wall, half=True)
    _, changes = set_up(picture="MERGE", fog=False)
    camera = f"made {result.name} Camera the scene's camera"
    assert changes == ["made the render's background transparent", camera, "turned the Z pass of ViewLayer on"]
    found = composited(tmp_path, 2)[..., :3]
    known = depth(result, 2)
    sure = np.abs(known - wall) > 1e-3 * wall
    nearer = (known > wall) & (np.arange(SIZE[0]) < SIZE[0] // 2)
    wanted = np.where(nearer[..., None], np.array((1, 0, 0)), flat(2))
    assert 0.2 < nearer.mean() < 0.8
    assert np.abs(found - wanted)[sure].max() < 1e-3


def test_fog_lies_over_what_was_merged(set_up, result, tmp_path) -> None:
    box(1.2)
    nodes, _ = set_up(picture="MERGE", fog=True)
    fog = nodes["Depth Fog"].inputs
    fog["Density"].default_value, fog["Start"].default_value = 0.5, 0.0
    color = fog["Fog Color"].default_value[:3]
    known = depth(result, 1)
    before = np.where((known > 1.2)[..., None], np.array((1, 0, 0)), flat(1))
    wanted = fogged(before, np.minimum(known, 1.2), color, 0.5, 0.0)
    sure = np.abs(known - 1.2) > 1e-3
    assert np.abs(composited(tmp_path, 1)[..., :3] - wanted)[sure].max() < 1e-3


def test_the_footage_lies_under_a_transparent_render(set_up, tmp_path) -> None:
    box(3.0, half=True)
    set_up(picture="OVER", fog=False)
    found = composited(tmp_path, 1)[..., :3]
    left = np.arange(SIZE[0]) < SIZE[0] // 2
    wanted = np.where(left[None, :, None], np.array((1, 0, 0)), flat(1))
    assert np.abs(found - wanted).max() < 1e-3


def test_defocus_blurs_what_is_far_and_keeps_the_focus(library, contract, write, tmp_path) -> None:
    stripes = (np.arange(SIZE[0]) // 2 % 2).astype(np.float32)
    left = np.arange(SIZE[0]) < SIZE[0] // 2
    disparity = np.tile(np.where(left, np.float32(0.9), np.float32(0.1)), (SIZE[1], 1))
    result = library.load_result(write({1: disparity}))
    picture = np.broadcast_to(stripes[None, :, None], (SIZE[1], SIZE[0], 3))
    write_exr(result.folder / "proxy/color.000001.exr", {"RGB": np.ascontiguousarray(picture)})
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    settings = library.SceneSettings(near=2.0, far=20.0)
    library.set_up_compositing(scene, result, settings, library.CompositingSettings(fog=False, defocus=True))
    lens = library.compositing_nodes(scene, result.identity)[1].inputs
    lens["Focus Distance"].default_value, lens["Blur"].default_value = 2.0, 5.0
    found = composited(tmp_path, 1)[..., 0]
    inner = np.s_[10:-10]
    near, far = np.s_[inner, 8:40], np.s_[inner, 56:88]
    assert np.abs(found[near] - picture[near][..., 0]).max() < 0.02
    assert found[far].std() < 0.25 * picture[far].std()
    assert found[far].mean() == pytest.approx(0.5, abs=0.05)
    lens["Focus Distance"].default_value = 20.0
    found = composited(tmp_path, 1)[..., 0]
    assert found[near].std() < 0.25 * picture[near].std()
    assert np.abs(found[far] - picture[far][..., 0]).max() < 0.02


def test_pressed_again_it_doubles_nothing_and_adds_what_is_wanted(set_up, result, tmp_path) -> None:
    set_up()
    first = {node.name for node in tree().nodes}
    groups = len(bpy.data.node_groups)
    set_up()
    assert {node.name for node in tree().nodes} == first and len(bpy.data.node_groups) == groups
    nodes, _ = set_up(defocus=True)
    assert list(nodes) == ["Depth from Disparity", "Depth Fog", "Depth Defocus"]
    box(1.2)
    nodes, _ = set_up(picture="OVER")
    assert "Footage Under" in nodes
    nodes, _ = set_up(picture="MERGE")
    assert "Footage Under" not in nodes and "Depth Merge" in nodes
    nodes["Depth Defocus"].inputs["Blur"].default_value = 0
    nodes["Depth Fog"].inputs["Density"].default_value = 0
    before = np.where((depth(result, 1) > 1.2)[..., None], np.array((1, 0, 0)), flat(1))
    sure = np.abs(depth(result, 1) - 1.2) > 1e-3
    assert np.abs(composited(tmp_path, 1)[..., :3] - before)[sure].max() < 1e-3


def test_the_user_s_own_nodes_stay(set_up, library, result, tmp_path) -> None:
    scene = bpy.context.scene
    box(3.0)
    compat = compat_of(library)
    own, _ = compat.compositor_tree(scene)
    layers = own.nodes.new("CompositorNodeRLayers")
    invert = own.nodes.new("CompositorNodeInvert")
    output = compat.compositor_output(own)
    own.links.new(layers.outputs["Image"], invert.inputs["Color"])
    own.links.new(invert.outputs[0], output)
    nodes, _ = set_up()
    fog = nodes["Depth Fog"].inputs
    fog["Density"].default_value, fog["Start"].default_value = 0.5, 0.0
    wanted = fogged(np.array((0, 1, 1.0)), depth(result, 2), fog["Fog Color"].default_value[:3], 0.5, 0.0)
    assert np.abs(composited(tmp_path, 2)[..., :3] - wanted).max() < 1e-3
    assert fog["Image"].links[0].from_node == invert


def test_a_tree_without_an_output_is_left_alone(set_up, library) -> None:
    scene = bpy.context.scene
    compat = compat_of(library)
    own, _ = compat.compositor_tree(scene)
    own.nodes.clear()
    own.nodes.new("CompositorNodeRLayers")
    with pytest.raises(Exception, match="no output"):
        set_up()
    assert len(own.nodes) == 1 and scene.render.film_transparent is False


def test_what_a_render_needs_is_changed_and_said(set_up, library) -> None:
    scene = bpy.context.scene
    scene.render.use_compositing = False
    compat_of(library).new_effect(scene.sequence_editor_create(), "color", "COLOR", 1, (1, 10))
    _, changes = set_up(picture="MERGE")
    assert not scene.render.use_sequencer and scene.render.use_compositing and scene.view_layers[0].use_pass_z
    assert len(changes) == 4 and scene.camera is not None
    assert set_up(picture="MERGE")[1] == []


def test_the_operator_gives_the_same_picture_as_the_library(set_up, library, result, sessions, tmp_path) -> None:
    set_up(near=1.0, far=20.0, defocus=True)
    wanted = composited(tmp_path, 2)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    pressed = bpy.ops.sequencer.depth_composite(folder=str(result.folder), defocus=True)
    assert pressed == {"FINISHED"} and np.array_equal(composited(tmp_path, 2), wanted)


def test_the_operator_says_what_is_missing(tmp_path, sessions) -> None:
    with pytest.raises(RuntimeError, match="holds no finished result"):
        bpy.ops.sequencer.depth_composite(folder=str(tmp_path))
    assert tree() is None
