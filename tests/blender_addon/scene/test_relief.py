# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import math

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.made import (
    attribute,
    control,
    depth_of,
    evaluated,
    picture_of,
    positions,
    shot,
    unprojected,
    waves,
    write_result,
)
from tests.blender_addon.scene.render import render

WIDTH, HEIGHT = 24, 16
CLIP = {number: waves(number) for number in range(1, 6)}
STEP = np.where(np.arange(WIDTH)[None] < 10, np.float32(0.9), np.float32(0.3)).repeat(HEIGHT, 0).astype(np.float32)


@pytest.fixture
def relief(library, write):
    """Makes a relief: of these pictures, with these settings."""

    def create(pictures=CLIP, *, settings=None, **options):
        result = library.load_result(write(pictures, **options))
        made = library.create_relief(bpy.context.scene, result, library.SceneSettings(**(settings or {})))
        return made, result

    return create


def placed(made: bpy.types.Object, frame: int, width: int = WIDTH, height: int = HEIGHT):
    bpy.context.scene.frame_set(frame)
    return picture_of(positions(made), width, height)


def expected(picture, result, near=1.0, far=20.0, degrees=55):
    ranges = result.manifest.shots[0]
    return unprojected(
        depth_of(picture, ranges.p1, ranges.p99, near, far), math.radians(degrees), result.picture_aspect
    )


def close(found, wanted) -> bool:
    return np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()


@pytest.mark.parametrize(
    ("size", "pixel_aspect"),
    [(None, "1"), ((720, 576), "64/45"), ((1080, 1920), "1"), ((960, 1080), "1/2")],
    ids=["square", "anamorphic PAL", "vertical", "narrow pixels"],
)
@pytest.mark.parametrize("view", [(1.0, 20.0, 55), (0.2, 3.5, 20), (5.0, 5000.0, 110)])
def test_every_vertex_is_where_numpy_puts_it(relief, size, pixel_aspect, view) -> None:
    near, far, degrees = view
    settings = {"near": near, "far": far, "field_of_view": math.radians(degrees)}
    made, result = relief(settings=settings, size=size, pixel_aspect=pixel_aspect)
    for frame in (1, 3, 5):
        assert close(placed(made, frame), expected(CLIP[frame], result, near, far, degrees))


def test_it_plays_and_holds_before_and_after(relief) -> None:
    made, result = relief()
    for frame, shown in ((-50, 1), (0, 1), (1, 1), (2, 2), (5, 5), (6, 5), (900, 5)):
        assert close(placed(made, frame), expected(CLIP[shown], result))


def test_skipped_frames_hold_the_last_computed_one(relief) -> None:
    numbers = [2, 5, 8, 11]
    pictures = {number: waves(number) for number in numbers}
    made, result = relief(pictures)
    for frame in range(-2, 20):
        shown = max((n for n in numbers if n <= frame), default=2)
        assert close(placed(made, frame), expected(pictures[shown], result))


def test_between_frames_it_shows_the_nearest(relief) -> None:
    made, result = relief()
    for subframe, shown in ((0.25, 2), (0.75, 3)):
        bpy.context.scene.frame_set(2, subframe=subframe)
        assert close(picture_of(positions(made), WIDTH, HEIGHT), expected(CLIP[shown], result))


def test_near_and_far_are_live_and_forgive_their_order(relief) -> None:
    made, result = relief()
    control(made, "Near", 30.0)
    control(made, "Far", 2.0)
    assert close(placed(made, 2), expected(CLIP[2], result, 2.0, 30.0))
    control(made, "Near", 2.0)
    assert np.allclose(placed(made, 2)[..., 2], -2.0)
    control(made, "Near", -3.0)
    found = placed(made, 2)
    assert np.isfinite(found).all() and (found[..., 2] < 0).all()


def test_invert_swaps_near_and_far(relief) -> None:
    made, result = relief()
    control(made, "Invert", True)
    ranges = result.manifest.shots[0]
    inverted = (ranges.p1 + ranges.p99 - CLIP[1].astype(np.float64)).astype(np.float32)
    assert close(placed(made, 1), expected(inverted, result))


def test_each_shot_has_its_own_range(library, contract, tmp_path) -> None:
    bright = {number: waves(number) * 10 + 5 for number in range(4, 7)}
    pictures = {number: waves(number) for number in range(1, 4)} | bright
    shots = (shot(contract, pictures, 1, 3), shot(contract, pictures, 4, 6))
    result = library.load_result(write_result(contract, tmp_path / "cut.depth", pictures, shots=shots))
    made = library.create_relief(bpy.context.scene, result, library.SceneSettings())
    for frame in (-4, 1, 3, 4, 6, 80):
        number = min(max(frame, 1), 6)
        ranges = shots[0] if number < 4 else shots[1]
        assert close(-placed(made, frame)[..., 2], depth_of(pictures[number], ranges.p1, ranges.p99, 1, 20))
    library.set_range(made, result, "CLIP")
    low, high = min(s.p1 for s in shots), max(s.p99 for s in shots)
    for frame in (2, 5):
        assert close(-placed(made, frame)[..., 2], depth_of(pictures[frame], low, high, 1, 20))
    control(made, "Range Max", high * 2)  # one range is free to be changed
    assert close(-placed(made, 5)[..., 2], depth_of(pictures[5], low, high * 2, 1, 20))
    library.set_range(made, result, "SHOT")
    assert close(-placed(made, 2)[..., 2], depth_of(pictures[2], shots[0].p1, shots[0].p99, 1, 20))


def test_an_even_picture_stands_at_far(relief) -> None:
    made, _ = relief({1: np.full((HEIGHT, WIDTH), 0.25, np.float32)})
    assert np.allclose(placed(made, 1)[..., 2], -20.0)


def test_flat_is_a_displacement_map(relief) -> None:
    made, result = relief(settings={"projection": "FLAT"})
    found = placed(made, 2)
    ranges = result.manifest.shots[0]
    share = np.clip((CLIP[2] - ranges.p1) / (ranges.p99 - ranges.p1), 0, 1)
    plane = unprojected(np.full((HEIGHT, WIDTH), 20.0), math.radians(55), result.picture_aspect)
    assert close(found[..., :2], plane[..., :2])
    assert close(found[..., 2], -(20 - 19 * share))
    control(made, "Projection", 0)
    assert close(placed(made, 2), expected(CLIP[2], result))


def faces(made: bpy.types.Object) -> set[tuple[int, int]]:
    """Column and row, from the lower left, of each face of the grid that is there."""
    corners = evaluated(made)
    rows = HEIGHT
    return {min((v // rows, v % rows) for v in polygon.vertices) for polygon in corners.polygons}


def test_edge_cut_opens_exactly_the_faces_across_a_step(relief) -> None:
    made, _ = relief({1: STEP})
    everything = {(x, y) for x in range(WIDTH - 1) for y in range(HEIGHT - 1)}
    assert faces(made) == everything
    control(made, "Edge Cut", 0.5)
    assert faces(made) == {face for face in everything if face[0] != 9}
    assert len(positions(made)) == WIDTH * HEIGHT  # every vertex has a face left


def test_edge_cut_measures_the_jump_by_the_nearer_depth(relief) -> None:
    made, _ = relief({1: STEP}, settings={"near": 10.0, "far": 12.0})
    everything = (WIDTH - 1) * (HEIGHT - 1)
    for limit, count in ((0.19, everything - HEIGHT + 1), (0.21, everything)):
        control(made, "Edge Cut", limit)
        assert len(faces(made)) == count


@pytest.mark.parametrize(
    ("stride", "columns", "rows"), [(1, 24, 16), (2, 12, 8), (5, 5, 4), (23, 2, 2), (64, 2, 2), (0, 24, 16)]
)
def test_stride_thins_the_grid_and_keeps_its_frame(relief, stride, columns, rows) -> None:
    made, _ = relief()
    whole = placed(made, 1)
    control(made, "Stride", stride)
    found = placed(made, 1, columns, rows)
    for corner in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        assert close(found[corner], whole[corner])
    rays = found[..., 0] / -found[..., 2]
    assert np.allclose(np.diff(rays, axis=1), np.diff(rays, axis=1)[0, 0], atol=1e-5)
    assert np.isin(np.round(found[..., 2], 4), np.round(whole[..., 2], 4)).all()


def test_metric_depth_is_only_cropped(relief) -> None:
    depth = np.linspace(0.5, 40.0, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
    disparity = (1 / depth).astype(np.float32)
    disparity[-1, -1] = 0.0  # the sky
    made, result = relief({1: disparity}, kind="metric", settings={"near": 0.1, "far": 100.0})
    bpy.context.scene.frame_set(1)
    assert len(positions(made)) == WIDTH * HEIGHT - 1
    control(made, "Near", 2.0)
    control(made, "Far", 30.0)
    inside = (depth >= 2.0) & (depth <= 30.0)
    wanted = unprojected(depth, math.radians(55), result.picture_aspect)[inside]
    found = positions(made)
    assert len(found) == inside.sum()
    assert close(found[np.argsort(-found[:, 2])], wanted[np.argsort(-wanted[:, 2])])
    control(made, "Projection", 1)
    assert len(positions(made)) == WIDTH * HEIGHT


def test_its_uv_map_lies_on_the_footage(relief) -> None:
    made, _ = relief()
    mesh = evaluated(made)
    assert mesh.uv_layers.active.name == "UVMap"
    uv = attribute(mesh, "UVMap", "vector", 2)
    corners = np.array([loop.vertex_index for loop in mesh.loops])
    assert np.allclose(uv[:, 0], (corners // HEIGHT + 0.5) / WIDTH, atol=1e-6)
    assert np.allclose(uv[:, 1], (corners % HEIGHT + 0.5) / HEIGHT, atol=1e-6)


def test_a_group_of_an_earlier_version_stays_with_its_objects(library, write) -> None:
    result = library.load_result(write(CLIP))
    old = library.create_relief(bpy.context.scene, result, library.SceneSettings())
    group = old.modifiers[0].node_group
    group["estimate_depth_version"] = "RELIEF 1"
    made = [library.create_relief(bpy.context.scene, result, library.SceneSettings()) for _ in range(2)]
    assert old.modifiers[0].node_group == group
    assert made[0].modifiers[0].node_group == made[1].modifiers[0].node_group != group
    assert close(placed(old, 2), expected(CLIP[2], result)) and close(placed(made[0], 2), expected(CLIP[2], result))


def test_vertex_colors_where_wanted_in_the_form_that_exports(relief) -> None:
    colors = {number: (number / 10, 0.5, 1 - number / 10) for number in CLIP}
    made, _ = relief(colors=colors)
    assert "Col" not in evaluated(made).attributes
    control(made, "Vertex Colors", True)
    for frame in (2, 4):
        bpy.context.scene.frame_set(frame)
        stored = evaluated(made).attributes["Col"]
        assert (stored.domain, stored.data_type) == ("CORNER", "BYTE_COLOR")
        found = attribute(evaluated(made), "Col", "color", 4)
        assert np.allclose(found[:, :3], colors[frame], atol=0.01)


def test_a_hold_out_shows_nothing_and_hides_what_is_behind(relief, tmp_path) -> None:
    made, _ = relief(settings={"near": 2.0, "far": 4.0})
    lamp = bpy.data.materials.new("Behind")
    if bpy.app.version < (5, 0, 0):
        lamp.use_nodes = True
    lamp.node_tree.nodes.clear()
    shine, output = (lamp.node_tree.nodes.new(f"ShaderNode{kind}") for kind in ("Emission", "OutputMaterial"))
    lamp.node_tree.links.new(shine.outputs[0], output.inputs[0])
    plane = bpy.data.meshes.new("Behind")
    plane.from_pydata([(-50, 30, -50), (50, 30, -50), (50, 30, 50), (-50, 30, 50)], [], [(0, 1, 2, 3)])
    plane.materials.append(lamp)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Behind", plane))
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.render.film_transparent = True
    inside = (slice(2, -2), slice(2, -2))
    assert np.allclose(render(tmp_path, 1)["RGB"][inside], 0.5, atol=1e-3)  # the footage
    control(made, "Hold-Out", True)
    assert not render(tmp_path, 1)["RGB"][inside].any()
    made.hide_render = True
    assert np.allclose(render(tmp_path, 1)["RGB"][inside], 1.0, atol=1e-3)
