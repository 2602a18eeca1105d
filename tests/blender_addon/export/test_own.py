# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats with writers of our own: PLY, glTF, PC2 and MDD."""

from __future__ import annotations

import json
import struct

import bpy
import numpy as np
import pytest

from tests.blender_addon.export.conftest import FRAMES, SIZE
from tests.blender_addon.export.shown import (
    Y_UP,
    cameras,
    close,
    emptied,
    every,
    only,
    points_of,
    read_ply,
    world,
)
from tests.blender_addon.scene.made import control


@pytest.mark.parametrize("kind", ["relief", "points"])
@pytest.mark.parametrize(("first", "step"), [(1, 1), (3, 2)])
def test_ply_files_are_the_scene_s_frames(made, write, kind, first, step) -> None:
    shown = made(kind)
    frames = range(first, FRAMES + 1, step)
    wanted = every(shown, frames)
    done = write(shown, "PLY", first=first, step=step)
    assert [file.name for file in done.files] == [f"out.{frame:06d}.ply" for frame in frames]
    assert done.size == sum(file.stat().st_size for file in done.files) and done.frames == len(frames)
    for frame, file in zip(frames, done.files):
        vertices, faces = read_ply(file)
        assert close(points_of(vertices), (wanted[frame] @ Y_UP.T))
        assert len(faces) == (0 if kind == "points" else (SIZE[0] - 1) * (SIZE[1] - 1))


def test_ply_is_read_by_blender(made, write) -> None:
    shown = made(edge_cut=0.12)
    wanted = world(shown, 5)
    files = write(shown, "PLY", forward="Y", up="Z").files
    emptied()
    bpy.ops.wm.ply_import(filepath=str(files[4]))
    found = np.array([vertex.co for vertex in only("MESH").data.vertices])
    assert close(found, wanted)
    assert "Col" in only("MESH").data.color_attributes


def test_ply_has_the_footage_s_colors(made, write, library, folder) -> None:
    relief, points = made(), made("points")
    seen = {}
    for shown in (relief, points):
        seen[shown.name] = [read_ply(file)[0] for file in write(shown, "PLY").files]
    result = library.load_result(folder)
    for number in (1, 6):
        image = bpy.data.images.load(str(result.file(result.manifest.proxy_color, number)))
        pixels = np.empty(SIZE[0] * SIZE[1] * 4, np.float32)
        image.pixels.foreach_get(pixels)
        picture = np.round(pixels.reshape(SIZE[1], SIZE[0], 4)[..., :3] * 255)
        wanted = picture.transpose(1, 0, 2).reshape(-1, 3)  # vertices run upwards in columns
        for vertices in seen.values():
            found = np.stack([vertices[number - 1][color] for color in ("red", "green", "blue")], -1)
            assert np.abs(found - wanted).max() <= 1
    still = [read_ply(file)[0]["red"] for file in write(relief, "PLY", colors="FIRST").files]
    assert np.array_equal(still[0], still[5])
    assert not np.array_equal(seen[relief.name][0]["red"], seen[relief.name][5]["red"])
    plain = read_ply(write(relief, "PLY", colors="NONE").files[0])[0]
    assert plain.dtype.names == ("x", "y", "z")


def test_a_folder_of_an_earlier_export_is_replaced_and_another_is_not(made, write, contract, tmp_path) -> None:
    shown = made("points")
    write(shown, "PLY")
    assert len(write(shown, "PLY", step=4).files) == 2
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(contract.DepthError, match="holds other files"):
        write(shown, "PLY")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out"] and len(list((tmp_path / "out").iterdir())) == 3


def document(path):
    data = path.read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    return json.loads(data[20 : 20 + length])


@pytest.mark.parametrize(("first", "step"), [(1, 1), (3, 2)])
def test_gltf_plays_the_scene_s_frames(made, write, first, step) -> None:
    shown = made()
    frames = range(first, FRAMES + 1, step)
    wanted, views = every(shown, frames), cameras(frames)
    (path,) = write(shown, "GLTF", first=first, step=step).files
    emptied()
    bpy.ops.import_scene.gltf(filepath=str(path))
    mesh, camera = only("MESH"), only("CAMERA")
    for frame in frames:
        assert close(world(mesh, frame - first), wanted[frame])  # time 0 is Blender's frame 0
        placed = np.array(camera.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world)
        assert np.allclose(placed, views[frame], atol=1e-5)
    assert camera.data.angle_x == pytest.approx(np.radians(55), rel=1e-4)
    picture = document(path)["images"][0]
    assert picture["mimeType"] == "image/jpeg"


def test_gltf_is_thinned_to_its_budget_as_the_stride_thins(made, write) -> None:
    shown = made()
    done = write(shown, "GLTF", budget=20_000)
    assert done.size <= 20_000 and done.vertices < SIZE[0] * SIZE[1] and done.stride > 1
    control(shown, "Stride", done.stride)
    wanted = every(shown, range(1, FRAMES + 1))
    control(shown, "Stride", 1)
    emptied()
    bpy.ops.import_scene.gltf(filepath=str(done.files[0]))
    for frame, positions in wanted.items():
        assert close(world(only("MESH"), frame - 1), positions)


def test_a_budget_that_cannot_be_kept_is_refused(made, write, contract) -> None:
    with pytest.raises(contract.DepthError, match=r"8 frames do not fit into 0\.001 MB"):
        write(made(), "GLTF", budget=1000)


@pytest.mark.parametrize("name", ["PC2", "MDD"])
@pytest.mark.parametrize(("first", "step"), [(1, 1), (3, 2)])
def test_point_caches_play_on_their_mesh(made, write, name, first, step) -> None:
    shown = made()
    frames = range(first, FRAMES + 1, step)
    wanted = every(shown, frames)
    files = {file.suffix: file for file in write(shown, name, first=first, step=step).files}
    emptied()
    bpy.ops.wm.obj_import(filepath=str(files[".obj"]), forward_axis="NEGATIVE_Z", up_axis="Y")
    mesh = only("MESH")
    assert close(world(mesh, 1), wanted[first]) and mesh.data.uv_layers.active
    mesh.matrix_world.identity()
    modifier = mesh.modifiers.new("Cache", "MESH_CACHE")
    modifier.cache_format, modifier.filepath = name, str(files["." + name.lower()])
    modifier.forward_axis, modifier.up_axis, modifier.interpolation = "POS_Y", "POS_Z", "NONE"
    modifier.play_mode, modifier.time_mode = "CUSTOM", "FRAME"
    for index, frame in enumerate(frames):
        modifier.eval_frame = index
        assert close(world(mesh, 1), wanted[frame] @ Y_UP.T)


@pytest.mark.parametrize("name", ["GLTF", "PC2", "MDD"])
def test_one_topology_is_whole_or_frozen(made, write, contract, name) -> None:
    shown = made(edge_cut=0.12)
    with pytest.raises(
        contract.DepthError,
        match="keeps one topology, but Edge Cut opens each frame differently: choose Whole or Frozen",
    ):
        write(shown, name)
    assert write(shown, name, surface="WHOLE").vertices == SIZE[0] * SIZE[1]


def test_whole_and_frozen_surfaces(made, write) -> None:
    shown = made(edge_cut=0.12)
    opened = {frame: read_ply(write(shown, "PLY", first=frame, last=frame).files[0]) for frame in (1, 4)}
    whole = [read_ply(file) for file in write(shown, "PLY", surface="WHOLE").files]
    frozen = [read_ply(file) for file in write(shown, "PLY", surface="FROZEN", freeze=4).files]
    assert len(opened[1][1]) != len(opened[4][1])
    assert {len(faces) for _, faces in whole} == {(SIZE[0] - 1) * (SIZE[1] - 1)}
    assert np.array_equal(frozen[3][0], opened[4][0])
    for (all_vertices, all_faces), (vertices, faces) in zip(whole, frozen):
        assert np.array_equal(faces, opened[4][1])
        everything = {face.tobytes() for face in all_vertices[all_faces]}
        assert {face.tobytes() for face in vertices[faces]} <= everything


def test_sizes_are_known_before(made, exports, write) -> None:
    relief = made()
    source = exports.find_source(bpy.context.scene, relief)
    for name, kind in exports.FORMATS.items():
        settings = exports.ExportSettings(1, FRAMES)
        real = write(relief, name).size
        expected = exports.estimate_bytes(source, name, settings)
        assert 0.5 * real <= expected <= 2.5 * real, (name, kind.title, real, expected)
