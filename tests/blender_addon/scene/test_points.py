# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import math

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.made import attribute, control, depth_of, evaluated, picture_of, positions, unprojected
from tests.blender_addon.scene.made import waves as picture

WIDTH, HEIGHT = 24, 16
COLORS = {number: (number / 10, 0.5, 1 - number / 10) for number in range(1, 6)}
CLIP = {number: picture(number) for number in range(1, 6)}


@pytest.fixture
def points(library, write):
    def create(pictures=CLIP, *, settings=None, **options):
        result = library.load_result(write(pictures, **options))
        made = library.create_points(bpy.context.scene, result, library.SceneSettings(**(settings or {})))
        return made, result

    return create


def wanted(number, result):
    ranges = result.manifest.shots[0]
    depth = depth_of(CLIP[number], ranges.p1, ranges.p99, 1, 20)
    return unprojected(depth, math.radians(55), result.picture_aspect)


def test_a_native_point_cloud_that_plays_and_holds(points) -> None:
    made, result = points()
    assert made.type == "POINTCLOUD"
    for frame, shown in ((-3, 1), (1, 1), (4, 4), (30, 5)):
        bpy.context.scene.frame_set(frame)
        found = picture_of(positions(made), WIDTH, HEIGHT)
        assert np.abs(found - wanted(shown, result)).max() < 1e-5 * 20


def test_each_point_has_the_footage_s_color_of_its_frame(points) -> None:
    made, _ = points(colors=COLORS)
    for frame, shown in ((-3, 1), (3, 3), (30, 5)):
        bpy.context.scene.frame_set(frame)
        colors = attribute(evaluated(made), "Col", "color", 4)
        assert len(colors) == WIDTH * HEIGHT
        assert np.allclose(colors[:, :3], COLORS[shown], atol=1e-5)


def test_at_point_size_one_neighbors_touch(points) -> None:
    made, _ = points({1: np.full((HEIGHT, WIDTH), 0.5, np.float32)})
    found = picture_of(positions(made), WIDTH, HEIGHT)
    spacing = found[0, 1, 0] - found[0, 0, 0]
    for size in (1.0, 0.25, 3.0):
        control(made, "Point Size", size)
        assert np.allclose(attribute(evaluated(made), "radius", "value", 1), size * spacing / 2, rtol=1e-3)


def test_on_screen_points_are_as_large_at_every_depth(points) -> None:
    made, _ = points()
    bpy.context.scene.frame_set(2)
    control(made, "Point Size", 2.0)
    data = evaluated(made)
    depth = -attribute(data, "position", "vector", 3)[:, 2]
    radius = attribute(data, "radius", "value", 1)[:, 0]
    focal = WIDTH / 2 / math.tan(math.radians(55) / 2)  # pixels
    assert np.ptp(depth) > 1
    assert np.allclose(radius / depth * focal, 1.0, rtol=1e-5)  # two pixels across


def test_in_the_world_points_are_as_large_as_their_radius(points) -> None:
    made, _ = points(settings={"size_mode": "WORLD", "point_radius": 0.03})
    bpy.context.scene.frame_set(2)
    assert np.allclose(attribute(evaluated(made), "radius", "value", 1), 0.03)
    control(made, "Size Mode", 0)
    assert np.ptp(attribute(evaluated(made), "radius", "value", 1)) > 0.03


def test_a_uv_map_on_points_where_wanted(points) -> None:
    made, _ = points()
    assert "UVMap" not in evaluated(made).attributes
    control(made, "UV Map", True)
    found = picture_of(attribute(evaluated(made), "UVMap", "vector", 2), WIDTH, HEIGHT)
    assert np.allclose(found[..., 0], (np.arange(WIDTH) + 0.5) / WIDTH, atol=1e-6)
    assert np.allclose(found[..., 1], 1 - (np.arange(HEIGHT)[:, None] + 0.5) / HEIGHT, atol=1e-6)


def test_edge_cut_takes_the_points_beside_a_step(points) -> None:
    step = np.where(np.arange(WIDTH)[None] < 10, np.float32(0.9), np.float32(0.3)).repeat(HEIGHT, 0).astype(np.float32)
    made, _ = points({1: step})
    whole = positions(made)
    control(made, "Edge Cut", 0.5)
    column = np.arange(len(whole)) // HEIGHT
    assert np.array_equal(positions(made), whole[(column != 9) & (column != 10)])


def test_stride_and_flat(points) -> None:
    made, _ = points()
    control(made, "Stride", 3)
    assert len(positions(made)) == 8 * 6
    control(made, "Projection", 1)
    found = picture_of(positions(made), 8, 6)
    assert np.allclose(found[..., 0], found[:1, :, 0], atol=1e-5)


def test_relief_and_points_of_one_result_agree(library, points) -> None:
    made, result = points()
    relief = library.create_relief(bpy.context.scene, result, library.SceneSettings())
    bpy.context.scene.frame_set(2)
    assert np.array_equal(positions(made), positions(relief))
