# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibrating through the buttons, with the real engine: a filmed room of known depth, and Blender's solve of it."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Vector

from tests.blender_addon.scene import solved
from tests.blender_addon.scene.known_depth import estimate
from tests.blender_addon.scene.made import picture_of, positions

SHOTS = {1: (0.31, -0.04), 9: (0.12, 0.02)}  # first frame: 1/depth = scale * Y + shift in the room's units
SIZE = (solved.WIDTH, solved.HEIGHT)


def line(frame: int) -> tuple[float, float]:
    return SHOTS[9 if frame >= 9 else 1]


@pytest.fixture(scope="module")
def estimated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The room's result in two shots, as a model of relative depth gives it, with noise."""
    base = tmp_path_factory.mktemp("room")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    names = solved.write_footage(base / "plates")
    random = np.random.default_rng(5)
    disparity = []
    for frame in range(1, solved.FRAMES + 1):
        scale, shift = line(frame)
        exact = (1 / solved.room_depth(frame) - shift) / scale
        disparity.append(exact + random.normal(0, 0.003, exact.shape))
    source = {"type": "images", "directory": str(base / "plates"), "files": names}
    options = {"shots": "9", "preview": False}
    return estimate(base / "room.depth", source, np.stack(disparity).astype(np.float32), **options)


@pytest.fixture
def folder(estimated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(estimated, tmp_path / "room.depth"))


@pytest.fixture
def plates(estimated: Path) -> Path:
    return estimated.parent / "plates"


@pytest.fixture
def library(module: Callable[[str], ModuleType]) -> ModuleType:
    return module("scene")


@pytest.fixture
def tracked(plates: Path) -> solved.Tracked:
    """Noisy tracks, a fifth of which have slid elsewhere."""
    return solved.solved_clip(plates / f"plate.{solved.FIRST_NUMBER}.png", tracks=100)


def depths(made: bpy.types.Object, rows: int, columns: int) -> np.ndarray:
    """Depth of the relief's grid [rows,columns] at the current frame."""
    return -picture_of(positions(made), columns, rows)[..., 2]


def test_a_solve_gives_the_true_scale_in_spite_of_noise_and_slid_tracks(library, folder, tracked, session) -> None:
    scene = bpy.context.scene
    relief = library.create_relief(scene, library.load_result(folder), library.SceneSettings())
    assert bpy.ops.sequencer.depth_fit_solve(folder=str(folder)) == {"FINISHED"}
    calibration = library.load_result(folder).calibration
    assert [shot.first for shot in calibration.shots] == [1, 9] and not calibration.problems
    for shot in calibration.shots:
        true, _ = line(shot.first)
        assert shot.scale * tracked.scale == pytest.approx(true, rel=0.01)
        assert shot.points == 800 and 560 <= shot.inliers <= 690 and shot.median_error < 0.03
    grid = library.load_result(folder).manifest.proxy_depth
    for frame in (1, 8, 9, 16):
        scene.frame_set(frame)
        ratio = depths(relief, grid.height, grid.width) / tracked.scale / solved.room_depth(frame)
        assert np.median(ratio) == pytest.approx(1, abs=0.01)
        assert np.percentile(np.abs(ratio - 1), 95) < 0.05


def test_what_stands_still_in_the_footage_stands_still_in_the_world(library, folder, tracked, session) -> None:
    scene = bpy.context.scene
    relief = library.create_relief(scene, library.load_result(folder), library.SceneSettings())
    assert bpy.ops.sequencer.depth_fit_solve(folder=str(folder)) == {"FINISHED"}
    grid = library.load_result(folder).manifest.proxy_depth
    assert scene.camera.data.angle == pytest.approx(solved.FIELD_OF_VIEW, rel=1e-4)
    places: dict[int, list[Vector]] = {}
    points = solved.room_points(25, np.random.default_rng(8))
    for frame in (1, 6, 11, 16):
        scene.frame_set(frame)
        bpy.context.view_layer.update()
        placed = picture_of(positions(relief), grid.width, grid.height)
        for index, point in enumerate(points):
            x, y = solved.pixel_of(frame, point)
            place = Vector(placed[int(y * grid.height / SIZE[1]), int(x * grid.width / SIZE[0])])
            places.setdefault(index, []).append(relief.matrix_world @ place)
    spread = [max((place - found[0]).length for place in found) for found in places.values()]
    assert np.median(spread) / tracked.scale < 0.15  # the camera moves by 2.5, the points are 6 to 14 away


def test_library_and_operator_agree(library, module, folder, tracked, session, tmp_path) -> None:
    scene, contract = bpy.context.scene, module("engine.contract")
    assert bpy.ops.sequencer.depth_fit_solve(folder=str(folder), write_z=True) == {"FINISHED"}
    other = Path(shutil.copytree(folder, tmp_path / "other.depth"))
    (other / "calibration.json").unlink()
    result = library.load_result(other)
    solve = library.read_solve(scene, tracked.clip, result)
    request = contract.CalibrateJob(str(other), solve.observations, f"Camera solve of {solve.clip}", write_z=True)
    session.wait_for_task(session.run_task(request, lambda task: None))
    calibrated = library.load_result(other)
    assert calibrated.calibration == library.load_result(folder).calibration and calibrated.calibration.has_z
    for made in (library.load_result(folder), calibrated):
        library.match_solve(scene, made, solve)
        library.apply_calibration(scene, made)
    first, second = (library.create_relief(scene, made, library.SceneSettings()) for made in
                     (library.load_result(folder), calibrated))  # fmt: skip
    for frame in (1, 12):
        scene.frame_set(frame)
        assert np.array_equal(positions(first), positions(second))
        assert np.allclose(first.matrix_world, second.matrix_world, atol=1e-6)


def test_the_camera_may_stay_where_it_is(library, folder, tracked, session) -> None:
    assert bpy.ops.sequencer.depth_fit_solve(folder=str(folder), move_camera=False) == {"FINISHED"}
    relief = library.create_relief(bpy.context.scene, library.load_result(folder), library.SceneSettings())
    assert relief.parent.animation_data is None
    assert bpy.context.scene.camera.data.angle == pytest.approx(solved.FIELD_OF_VIEW, rel=1e-4)


def test_reset_gives_back_what_was_before(library, folder, tracked, session) -> None:
    scene = bpy.context.scene
    settings = library.SceneSettings(near=2.0, far=30.0)
    relief = library.create_relief(scene, library.load_result(folder), settings)
    before = {}
    for frame in (3, 12):
        scene.frame_set(frame)
        before[frame] = positions(relief).copy()
    angle = scene.camera.data.angle
    assert bpy.ops.sequencer.depth_fit_solve(folder=str(folder)) == {"FINISHED"}
    assert not np.allclose(positions(relief), before[12], rtol=0.1)
    assert bpy.ops.sequencer.depth_reset_calibration(folder=str(folder)) == {"FINISHED"}
    scene.camera.data.angle = angle  # a matched lens is a finding, not a calibration
    for frame, expected in before.items():
        scene.frame_set(frame)
        assert np.allclose(positions(relief), expected, rtol=1e-5, atol=1e-5)
    assert np.allclose(relief.parent.matrix_world.translation, (0, 0, 0))
    assert not (folder / "calibration.json").exists()
    with pytest.raises(RuntimeError, match="not calibrated"):
        bpy.ops.sequencer.depth_reset_calibration(folder=str(folder))


def measure(library, folder: Path, frames: dict[int, list[tuple[int, int]]]) -> Any:
    """Type the room's distances at these pixels (column, row)."""
    points = bpy.context.scene.estimate_depth_calibration.points
    for frame, pixels in frames.items():
        bpy.context.scene.frame_set(frame)
        for column, row in pixels:
            assert bpy.ops.sequencer.depth_add_point(folder=str(folder)) == {"FINISHED"}
            points[-1].x, points[-1].y = column + 0.5, row + 0.5
            points[-1].distance = solved.room_depth(frame)[row, column]
    return points


def test_two_measured_points_a_shot_give_its_depth(library, folder, session) -> None:
    scene = bpy.context.scene
    relief = library.create_relief(scene, library.load_result(folder), library.SceneSettings())
    points = measure(library, folder, {2: [(160, 60), (10, 90)], 12: [(160, 60), (10, 90), (300, 30)]})
    assert [point.frame for point in points] == [2, 2, 12, 12, 12]
    assert bpy.ops.sequencer.depth_fit_points(folder=str(folder)) == {"FINISHED"}
    assert all(point.is_fitted and abs(point.error) < 0.03 for point in points)
    assert points[0].error == pytest.approx(0, abs=1e-6)  # two points are met exactly
    grid = library.load_result(folder).manifest.proxy_depth
    for frame in (2, 12):
        scene.frame_set(frame)
        ratio = depths(relief, grid.height, grid.width) / solved.room_depth(frame)
        assert np.median(ratio) == pytest.approx(1, abs=0.04)
    assert relief.parent.animation_data is None


def test_one_measured_point_stands_at_its_distance(library, folder, session) -> None:
    scene = bpy.context.scene
    relief = library.create_relief(scene, library.load_result(folder), library.SceneSettings())
    measure(library, folder, {2: [(10, 90)]})
    assert bpy.ops.sequencer.depth_fit_points(folder=str(folder), far=14.0) == {"FINISHED"}
    grid = library.load_result(folder).manifest.proxy_depth
    scene.frame_set(2)
    seen = depths(relief, grid.height, grid.width)
    row, column = int(90.5 * grid.height / SIZE[1]), int(10.5 * grid.width / SIZE[0])
    assert seen[row, column] == pytest.approx(solved.room_depth(2)[90, 10], rel=1e-4)
    problems = library.noted_calibration(scene, folder.name).problems
    assert len(problems) == 1 and problems[0].startswith("Shot 2")


def test_the_cursor_on_the_relief_finds_its_pixel(library, folder, session) -> None:
    scene = bpy.context.scene
    relief = library.create_relief(scene, library.load_result(folder), library.SceneSettings())
    grid = library.load_result(folder).manifest.proxy_depth
    placed = picture_of(positions(relief), grid.width, grid.height)
    scene.cursor.location = relief.matrix_world @ Vector(placed[40, 100])
    assert bpy.ops.sequencer.depth_add_point(folder=str(folder), place="CURSOR") == {"FINISHED"}
    point = scene.estimate_depth_calibration.points[0]
    assert (point.x, point.y) == pytest.approx((100.5 * SIZE[0] / grid.width, 40.5 * SIZE[1] / grid.height), abs=0.01)
    assert point.distance == pytest.approx(-placed[40, 100, 2], rel=1e-5)
    scene.cursor.location = (0, -5, 0)
    with pytest.raises(RuntimeError, match="not in the matched camera's view"):
        bpy.ops.sequencer.depth_add_point(folder=str(folder), place="CURSOR")


def test_points_stay_in_the_file_and_go_when_removed(library, folder, session, tmp_path) -> None:
    measure(library, folder, {2: [(160, 60), (10, 90)]})
    before = [tuple(point.items()) for point in bpy.context.scene.estimate_depth_calibration.points]
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    settings = bpy.context.scene.estimate_depth_calibration
    assert [tuple(point.items()) for point in settings.points] == before
    settings.point_index = 0
    assert bpy.ops.sequencer.depth_remove_point() == {"FINISHED"}
    assert [point.x for point in settings.points] == [10.5]
    assert bpy.ops.sequencer.depth_remove_point() == {"FINISHED"}
    assert not bpy.ops.sequencer.depth_remove_point.poll() and not bpy.ops.sequencer.depth_fit_points.poll()


def test_without_a_solve_the_button_is_grey(library, folder, plates, session) -> None:
    assert not bpy.ops.sequencer.depth_fit_solve.poll()
    bpy.data.movieclips.load(str(plates / f"plate.{solved.FIRST_NUMBER}.png"))
    assert not bpy.ops.sequencer.depth_fit_solve.poll()


def test_a_clip_of_other_footage_must_be_chosen(library, folder, tracked, session, tmp_path) -> None:
    """The clip plays a copy of the plates, so nothing tells that it belongs to the result."""
    first = Path(tracked.clip.filepath)
    copies = Path(shutil.copytree(first.parent, tmp_path / "copies"))
    tracked.clip.filepath = str(copies / first.name)
    with pytest.raises(RuntimeError, match="No Movie Clip shows the file"):
        bpy.ops.sequencer.depth_fit_solve(folder=str(folder))
    bpy.context.scene.estimate_depth_calibration.clip = tracked.clip
    assert bpy.ops.sequencer.depth_fit_solve(folder=str(folder)) == {"FINISHED"}
    assert math.isfinite(library.noted_calibration(bpy.context.scene, folder.name).shots[0].scale)
