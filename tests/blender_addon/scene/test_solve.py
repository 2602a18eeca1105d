# SPDX-License-Identifier: GPL-3.0-or-later
"""A Movie Clip's solve, read as plain data, against the room that was filmed."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Quaternion, Vector

from tests.blender_addon.scene import made, solved


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    solved.write_footage(tmp_path / "plates")
    return tmp_path / "plates"


@pytest.fixture
def result(library, contract, tmp_path, footage):
    """A result of every second frame of the plates."""
    pictures = {number: made.waves(number) for number in range(1, solved.FRAMES + 1, 2)}
    folder = made.write_result(contract, tmp_path / "a.depth", pictures, size=(solved.WIDTH, solved.HEIGHT))
    return library.load_result(_about(contract, folder, footage))


def _about(contract, folder: Path, footage: Path) -> Path:
    """The result as it were made from these plates."""
    import dataclasses

    manifest = contract.JobFolder(folder).read_manifest()
    names = tuple(sorted(path.name for path in footage.iterdir()))
    frames = tuple(
        contract.FrameRecord(record.number, solved.FIRST_NUMBER + record.number - 1, 0.0) for record in manifest.frames
    )
    manifest = dataclasses.replace(manifest, source=contract.ImagesSource(str(footage), names), frames=frames)
    contract.write_text(folder / "manifest.json", contract.to_json(manifest))
    return folder


def plate(footage: Path, number: int = 1) -> Path:
    return footage / f"plate.{solved.FIRST_NUMBER + number - 1}.png"


def test_depths_and_places_are_those_of_the_room(library, result, footage) -> None:
    tracked = solved.solved_clip(plate(footage), noise=0.0, slid=0.0)
    solve = library.read_solve(bpy.context.scene, tracked.clip, result)
    assert solve.field_of_view == pytest.approx(solved.FIELD_OF_VIEW, rel=1e-5)
    assert {point.number for point in solve.observations} == set(result.numbers)
    assert len(solve.observations) == 60 * len(result.numbers)
    for point in solve.observations[::7]:
        true = solved.room_depth(point.number)[int(point.y), int(point.x)]
        assert point.depth / tracked.scale == pytest.approx(true, rel=0.03)  # the pixel's centre is not the point


def test_the_camera_moves_as_the_one_that_filmed(library, result, footage) -> None:
    tracked = solved.solved_clip(plate(footage), noise=0.0, slid=0.0)
    solve = library.read_solve(bpy.context.scene, tracked.clip, result)
    first = solve.poses[0]
    assert first.number == 1 and [pose.number for pose in solve.poses] == list(result.numbers)
    to_room = solved.camera_matrix(1).inverted()
    for pose in solve.poses:
        true = to_room @ solved.camera_matrix(pose.number)
        start = Quaternion(first.rotation).inverted()
        moved = start @ (Vector(pose.location) - Vector(first.location)) / tracked.scale
        assert np.allclose(moved, true.translation, atol=2e-3)
        turned = (start @ Quaternion(pose.rotation)).rotation_difference(true.to_quaternion())
        assert abs(turned.angle) % (2 * math.pi) == pytest.approx(0, abs=2e-3)


def test_without_a_solver_camera_the_first_view_looks_along_y(library, result, footage) -> None:
    solve = library.read_solve(bpy.context.scene, solved.solved_clip(plate(footage)).clip, result)
    forward = Quaternion(solve.poses[0].rotation) @ Vector((0, 0, -1))
    up = Quaternion(solve.poses[0].rotation) @ Vector((0, 1, 0))
    assert forward.y > 0.9 and up.z > 0.9


def test_scale_and_floor_of_the_solver_camera_count(library, result, footage) -> None:
    tracked = solved.solved_clip(plate(footage))
    scene = bpy.context.scene
    plain = library.read_solve(scene, tracked.clip, result)
    camera = bpy.data.objects.new("Solved", bpy.data.cameras.new("Solved"))
    scene.collection.objects.link(camera)
    constraint = camera.constraints.new("CAMERA_SOLVER")
    constraint.use_active_clip, constraint.clip = False, tracked.clip
    camera.matrix_basis = Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(0.7, 4, "Z") @ Matrix.Scale(2.5, 4)
    bpy.context.view_layer.update()
    scaled = library.read_solve(scene, tracked.clip, result)
    assert [p.depth for p in scaled.observations] == pytest.approx([2.5 * p.depth for p in plain.observations])
    for pose in scaled.poses:
        scene.frame_set(pose.number)
        bpy.context.view_layer.update()
        matrix = camera.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world
        assert np.allclose(matrix.translation, pose.location, atol=1e-4)
        assert abs(matrix.to_quaternion().dot(Quaternion(pose.rotation))) == pytest.approx(1, abs=1e-5)


def test_frames_are_matched_by_their_numbers(library, result, footage) -> None:
    """A clip that begins later in the sequence, and one that is shifted, name the same frames."""
    plain = library.read_solve(bpy.context.scene, solved.solved_clip(plate(footage)).clip, result)
    later = solved.solved_clip(plate(footage)).clip
    later.filepath = str(plate(footage, 5))
    later.frame_offset = -4
    assert library.read_solve(bpy.context.scene, later, result).observations == plain.observations
    later.frame_start = 77  # where it stands in the scene does not matter
    assert library.read_solve(bpy.context.scene, later, result).observations == plain.observations
    later.frame_offset = -2
    shifted = library.read_solve(bpy.context.scene, later, result)
    assert shifted.observations[0].x == plain.observations[0].x
    assert {pose.number for pose in shifted.poses} == set(result.numbers) - {1}


def test_muted_markers_and_weightless_tracks_do_not_count(library, result, footage) -> None:
    clip = solved.solved_clip(plate(footage)).clip
    before = len(library.read_solve(bpy.context.scene, clip, result).observations)
    clip.tracking.tracks[0].weight = 0.0
    clip.tracking.tracks[1].markers.find_frame(3).mute = True
    clip.tracking.tracks[2].weight = 0.5
    observations = library.read_solve(bpy.context.scene, clip, result).observations
    assert len(observations) == before - len(result.numbers) - 1
    assert {point.weight for point in observations} == {0.5, 1.0}


def test_long_solves_are_thinned(library, result, footage, module_of_solve, monkeypatch) -> None:
    clip = solved.solved_clip(plate(footage)).clip
    monkeypatch.setattr(module_of_solve, "MOST_POINTS", 60 * solved.FRAMES // 4)
    solve = library.read_solve(bpy.context.scene, clip, result)
    assert {point.number for point in solve.observations} == {1, 9} and len(solve.poses) == 8


@pytest.fixture
def module_of_solve(library):
    import importlib

    return importlib.import_module(f"{library.__name__}.solve")


def test_the_clip_of_the_footage_is_found(library, result, footage, tmp_path) -> None:
    assert library.find_clip(result) is None
    other = solved.write_footage(tmp_path / "other")
    bpy.data.movieclips.load(str(tmp_path / "other" / other[0]))
    assert library.find_clip(result) is None
    unsolved = bpy.data.movieclips.load(str(plate(footage, 2)))
    assert library.find_clip(result) == unsolved
    clip = solved.solved_clip(plate(footage)).clip
    assert library.find_clip(result) == clip and library.is_solved(clip) and not library.is_solved(unsolved)


def test_clips_that_do_not_fit_are_refused(library, result, footage, contract) -> None:
    unsolved = bpy.data.movieclips.load(str(plate(footage)))
    with pytest.raises(contract.DepthError, match="not solved"):
        library.read_solve(bpy.context.scene, unsolved, result)
    clip = solved.solved_clip(plate(footage)).clip
    clip.frame_offset = 500
    with pytest.raises(contract.DepthError, match="none of the result's frames"):
        library.read_solve(bpy.context.scene, clip, result)
