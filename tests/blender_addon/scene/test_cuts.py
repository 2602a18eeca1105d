# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cuts take away, against the same conditions in numpy."""

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
    unprojected,
    waves,
)

WIDTH, HEIGHT = 24, 16
ROUGH = waves(1) + np.random.default_rng(1).normal(0, 0.02, (HEIGHT, WIDTH)).astype(np.float32)
STEP = np.where(np.arange(WIDTH)[None] < 10, np.float32(0.9), np.float32(0.3)).repeat(HEIGHT, 0).astype(np.float32)


@pytest.fixture
def create(library, write):
    """Makes a relief or points of one picture."""

    def create(kind, picture=ROUGH, *, settings=None, **options):
        result = library.load_result(write({1: picture}, **options))
        make = library.create_relief if kind == "relief" else library.create_points
        made = make(bpy.context.scene, result, library.SceneSettings(**(settings or {})))
        bpy.context.scene.frame_set(1)
        return made, result

    return create


def placed(result, picture=ROUGH, near=1.0, far=20.0):
    """Where the vertices stand [H,W,3], row 0 on top."""
    ranges = result.manifest.shots[0]
    depth = depth_of(picture, ranges.p1, ranges.p99, near, far)
    return unprojected(depth, math.radians(55), result.picture_aspect)


def share(result, picture=ROUGH):
    ranges = result.manifest.shots[0]
    return np.clip((picture.astype(np.float64) - ranges.p1) / (ranges.p99 - ranges.p1), 0, 1)


def corners(values):
    """The four corners, in order around it, of each face: [4,H-1,W-1,...]."""
    return np.stack([values[:-1, :-1], values[1:, :-1], values[1:, 1:], values[:-1, 1:]])


def of_faces(made):
    """Which faces of the whole grid are there [H-1,W-1], found by where their centers are seen."""
    mesh = evaluated(made)
    found = np.zeros((HEIGHT - 1, WIDTH - 1), int)
    uv = attribute(mesh, "UVMap", "vector", 2)
    for polygon in mesh.polygons:
        u, v = uv[list(polygon.loop_indices)].mean(axis=0)
        found[round((1 - v) * HEIGHT) - 1, round(u * WIDTH) - 1] += 1
    return found


def assert_faces(made, kept) -> None:
    assert 0 < kept.sum() < kept.size
    assert np.array_equal(of_faces(made), kept.astype(int))
    used = np.zeros((HEIGHT, WIDTH), bool)
    for rows, columns in ((slice(None, -1), slice(None, -1)), (slice(None, -1), slice(1, None)),
                          (slice(1, None), slice(None, -1)), (slice(1, None), slice(1, None))):  # fmt: skip
        used[rows, columns] |= kept
    assert len(positions(made)) == used.sum()  # nothing loose is left


def assert_points(made, result, kept, picture=ROUGH) -> None:
    assert 0 < kept.sum() < kept.size
    wanted = placed(result, picture)[::-1].transpose(1, 0, 2)[kept[::-1].T]
    found = positions(made)
    assert len(found) == len(wanted)
    assert np.abs(found - wanted).max() < 1e-5 * np.abs(wanted).max()


def without_neighbors(kept_faces):
    """Points of which no face is gone."""
    padded = np.pad(kept_faces, 1, constant_values=True)
    return padded[:-1, :-1] & padded[1:, :-1] & padded[:-1, 1:] & padded[1:, 1:]


def angles(result, flat=False, positions=None):
    """Between each face and the ray that sees it [H-1,W-1], radians."""
    a, b, c, d = corners(placed(result) if positions is None else positions)
    normal = np.cross(a - c, b - d)
    ray = np.broadcast_to([0.0, 0.0, -1.0], a.shape) if flat else (a + b + c + d) / 4
    lengths = np.linalg.norm(normal, axis=-1) * np.linalg.norm(ray, axis=-1)
    return np.arcsin(np.abs((normal * ray).sum(-1)) / lengths)


def between(values, place):
    """A limit that lies clearly between two of these values."""
    ordered = np.unique(values)
    gaps = np.diff(ordered)
    start = int(len(ordered) * place)
    at = start + int(np.argmax(gaps[start : start + 20]))
    return float((ordered[at] + ordered[at + 1]) / 2)


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_grazing_cut_takes_exactly_the_faces_seen_at_less(create, place) -> None:
    made, result = create("relief")
    limit = between(angles(result), place)
    control(made, "Grazing Cut", limit)
    assert_faces(made, angles(result) > limit)


def test_grazing_cut_of_points_takes_all_that_such_a_face_has(create) -> None:
    made, result = create("points")
    limit = between(angles(result), 0.05)
    control(made, "Grazing Cut", limit)
    assert_points(made, result, without_neighbors(angles(result) > limit))


def test_in_flat_the_rays_are_parallel(create) -> None:
    made, result = create("relief", settings={"projection": "FLAT"})
    found = picture_of(positions(made), WIDTH, HEIGHT).astype(np.float64)
    seen = angles(result, flat=True, positions=found)
    limit = between(seen, 0.3)
    control(made, "Grazing Cut", limit)
    assert_faces(made, seen > limit)


def test_edge_cut_and_grazing_cut_add_up(create) -> None:
    made, result = create("relief")
    depth = -placed(result)[..., 2]
    around = corners(depth)
    following = np.roll(around, -1, axis=0)
    jumps = (np.abs(around - following) / np.minimum(around, following)).max(axis=0)
    jump, angle = between(jumps, 0.7), between(angles(result), 0.3)
    control(made, "Edge Cut", jump)
    assert_faces(made, jumps < jump)
    control(made, "Grazing Cut", angle)
    assert_faces(made, (jumps < jump) & (angles(result) > angle))


def test_sky_cut_takes_the_far_end(create) -> None:
    made, result = create("relief")
    limit = between(share(result), 0.3)
    control(made, "Sky Cut", limit)
    assert_faces(made, corners(share(result) > limit).all(axis=0))


def test_sky_cut_of_points_follows_invert(create) -> None:
    made, result = create("points")
    limit = between(share(result), 0.3)
    control(made, "Sky Cut", limit)
    assert_points(made, result, share(result) > limit)
    control(made, "Invert", True)
    assert len(positions(made)) == (1 - share(result) > limit).sum()


def test_crops_measure_depth_in_scene_units(create) -> None:
    made, result = create("points")
    depth = -placed(result)[..., 2]
    near, far = between(depth, 0.2), between(depth, 0.7)
    control(made, "Crop Near", near)
    assert_points(made, result, depth > near)
    control(made, "Crop Far", far)
    assert_points(made, result, (depth > near) & (depth < far))
    control(made, "Crop Near", 0.0)
    assert_points(made, result, depth < far)


def test_density_keeps_the_same_points_in_every_frame_and_beside_cuts(library, write) -> None:
    result = library.load_result(write({number: waves(number) for number in (1, 2, 3)}))
    made = library.create_points(bpy.context.scene, result, library.SceneSettings())
    whole, thin = [], []
    for density, found in ((1.0, whole), (0.3, thin)):
        control(made, "Density", density)
        for frame in (1, 2, 3):
            bpy.context.scene.frame_set(frame)
            found.append(positions(made))
    kept = [np.flatnonzero((all_of_it[:, None] == some[None]).all(-1).any(1)) for all_of_it, some in zip(whole, thin)]
    assert 0.2 < len(kept[0]) / (WIDTH * HEIGHT) < 0.4
    assert np.array_equal(kept[0], kept[1]) and np.array_equal(kept[0], kept[2])
    far = float(np.median(-whole[2][:, 2]))
    control(made, "Crop Far", far)
    inside = -whole[2][:, 2] < far
    assert np.array_equal(positions(made), whole[2][np.isin(np.arange(len(whole[2])), kept[2]) & inside])


def fade_of(closeness, softness):
    return np.clip((closeness - (1 - softness)) / softness, 0, 1)


def test_softness_fades_what_comes_close_to_a_cut(create) -> None:
    made, result = create("relief", settings={"near": 4.0})  # no jump reaches the limit
    assert "Fade" not in evaluated(made).attributes
    depth = -placed(result, near=4.0)[..., 2]

    def jumps(one, other):
        return np.abs(one - other) / np.minimum(one, other)

    control(made, "Edge Cut", 1.0)
    control(made, "Cut Softness", 0.9)
    across, down = fade_of(jumps(depth[:, 1:], depth[:, :-1]), 0.9), fade_of(jumps(depth[1:], depth[:-1]), 0.9)
    total, count = np.zeros((HEIGHT, WIDTH)), np.zeros((HEIGHT, WIDTH))
    for part, slices in (
        (across, [(slice(None), slice(1, None)), (slice(None), slice(None, -1))]),
        (down, [(slice(1, None), slice(None)), (slice(None, -1), slice(None))]),
    ):
        for place in slices:
            total[place] += part**8
            count[place] += 1
    wanted = (total / count) ** (1 / 8)
    assert np.ptp(wanted) > 0.1
    found = picture_of(attribute(evaluated(made), "Fade", "value", 1), WIDTH, HEIGHT)[..., 0]
    assert np.abs(found - wanted).max() < 1e-4


def test_softness_fades_what_is_seen_nearly_edge_on_and_what_is_nearly_sky(create) -> None:
    made, result = create("points", settings={"far": 1.2, "cut_softness": 0.5})
    angle = np.pad(angles(result, positions=placed(result, far=1.2)), 1, constant_values=np.nan)
    limit = float(np.nanmin(angle)) * 0.9  # nothing is cut
    control(made, "Grazing Cut", limit)
    around = np.stack([angle[:-1, :-1], angle[1:, :-1], angle[:-1, 1:], angle[1:, 1:]])
    wanted = np.nanmean(fade_of(limit / around, 0.5) ** 8, axis=0) ** (1 / 8)
    assert np.ptp(wanted) > 0.3
    found = picture_of(attribute(evaluated(made), "Fade", "value", 1), WIDTH, HEIGHT)[..., 0]
    assert np.abs(found - wanted).max() < 2e-3
    control(made, "Grazing Cut", 0.0)
    control(made, "Sky Cut", 0.2)
    here = share(result) > 0.2
    wanted = fade_of(0.2 / np.maximum(share(result), 1e-9), 0.5)[::-1].T[here[::-1].T]
    assert np.ptp(wanted) > 0.5
    assert np.abs(attribute(evaluated(made), "Fade", "value", 1)[:, 0] - wanted).max() < 1e-3


def test_softness_alone_changes_nothing(create) -> None:
    made, _ = create("relief", settings={"cut_softness": 0.5})
    assert len(positions(made)) == WIDTH * HEIGHT
    assert not attribute(evaluated(made), "Fade", "value", 1).any()


def test_without_cuts_everything_stays(create) -> None:
    made, _ = create("points")
    assert len(positions(made)) == WIDTH * HEIGHT
