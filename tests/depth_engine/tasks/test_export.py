# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes and points of a result, read again by trimesh."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh

from depth_engine.cli.main import run
from depth_engine.contract import Calibration, DepthError, JobFolder, ShotCalibration, to_json
from depth_engine.tasks.export import ExportOptions, export_result
from depth_engine.tasks.result import ResultFolder
from tests.depth_engine.oracle import smooth

SIZE = (96, 64)


def expected(number: int, result: Path, near: float = 1.0, far: float = 20.0, degrees: float = 55.0) -> np.ndarray:
    """Places [H,W,3] by the project's conventions, written down once more: x right, y up, the camera looks along -z."""
    shot = ResultFolder.open(result).manifest.shots[0]
    share = np.clip((smooth(number, SIZE).astype(float) - shot.p1) / (shot.p99 - shot.p1), 0, 1)
    return unprojected(1 / (1 / far + (1 / near - 1 / far) * share), degrees)


def unprojected(depth: np.ndarray, degrees: float = 55.0) -> np.ndarray:
    focal = SIZE[0] / 2 / math.tan(math.radians(degrees) / 2)
    columns, rows = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    x, y = (columns - SIZE[0] / 2) / focal, (SIZE[1] / 2 - rows) / focal
    return np.stack([x * depth, y * depth, -depth], -1)


def write(result: Path, out: Path, **options: object) -> list[trimesh.Trimesh]:
    done = export_result(ResultFolder.open(result), out, ExportOptions(**options), lambda *_: None)  # type: ignore[arg-type]
    assert done.bytes == sum(Path(file).stat().st_size for file in done.files)
    return [trimesh.load(file, process=False) for file in done.files]


@pytest.mark.parametrize(("frames", "step"), [(None, 1), ((3, 6), 2)])
@pytest.mark.parametrize("shape", ["mesh", "points"])
def test_every_file_is_its_frame(result: Path, tmp_path: Path, frames, step: int, shape: str) -> None:
    first, last = frames or (1, 6)
    numbers = range(first, last + 1, step)
    found = write(result, tmp_path / "out", frames=frames, step=step, shape=shape)
    assert [file.name for file in sorted((tmp_path / "out").iterdir())] == [f"out.{n:06}.ply" for n in numbers]
    for number, mesh in zip(numbers, found):
        wanted = expected(number, result).reshape(-1, 3)
        assert np.abs(mesh.vertices - wanted).max() < 1e-5 * 20
        if shape == "mesh":
            assert len(mesh.faces) == 2 * (SIZE[0] - 1) * (SIZE[1] - 1)
            assert (mesh.face_normals * mesh.triangles_center).sum(1).max() < 0  # they face the camera


def test_colors_are_the_footage_s(result: Path, tmp_path: Path) -> None:
    found = write(result, tmp_path / "out")
    opened = ResultFolder.open(result)
    for number in (1, 5):
        picture = cv2.imread(str(result / opened.manifest.proxy_color.file(number)))[..., ::-1]
        colors = found[number - 1].visual.vertex_colors[:, :3]
        assert np.array_equal(colors.reshape(*picture.shape), picture)


def test_one_frame_as_gltf(result: Path, tmp_path: Path) -> None:
    out = tmp_path / "frame.glb"
    assert run(["export", str(result), "-o", str(out), "--frames", "4:4"]) == 0
    assert [path.name for path in tmp_path.glob("frame*")] == ["frame.glb"]
    (mesh,) = trimesh.load(out, process=False).geometry.values()
    assert np.abs(mesh.vertices - expected(4, result).reshape(-1, 3)).max() < 1e-4
    assert mesh.visual.material.baseColorTexture.size == SIZE
    first, last = mesh.visual.uv[0], mesh.visual.uv[-1]
    assert np.allclose(first, (0.5 / SIZE[0], 1 - 0.5 / SIZE[1])) and np.allclose(last, 1 - first)


def test_gltf_frames_are_a_sequence(result: Path, tmp_path: Path) -> None:
    out = tmp_path / "many"
    assert run(["export", str(result), "-o", str(out), "--format", "glb", "--step", "3"]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["many.000001.glb", "many.000004.glb"]


def test_range_view_axis_and_scale(result: Path, tmp_path: Path) -> None:
    options = {"near": 2.0, "far": 9.0, "field_of_view": 30.0, "axis": "z", "scale": 100.0, "frames": (2, 2)}
    (found,) = write(result, tmp_path / "out", **options)
    wanted = expected(2, result, 2.0, 9.0, 30.0).reshape(-1, 3) * 100
    assert np.abs(found.vertices - wanted[:, [0, 2, 1]] * (1, -1, 1)).max() < 1e-2


def test_edge_cut_opens_mesh_and_points_where_depth_jumps(result: Path, tmp_path: Path) -> None:
    depth = -expected(1, result)[..., 2]
    across = np.abs(np.diff(depth, axis=1)) > 0.1 * np.minimum(depth[:, 1:], depth[:, :-1])
    down = np.abs(np.diff(depth, axis=0)) > 0.1 * np.minimum(depth[1:], depth[:-1])
    opened = across[:-1] | across[1:] | down[:, 1:] | down[:, :-1]
    assert opened.any() and not opened.all()
    (mesh,) = write(result, tmp_path / "mesh", frames=(1, 1), edge_cut=0.1)
    assert len(mesh.faces) == 2 * (~opened).sum() and len(np.unique(mesh.faces)) == len(mesh.vertices)
    beside = np.zeros(depth.shape, bool)
    beside[:, 1:] |= across
    beside[:, :-1] |= across
    beside[1:] |= down
    beside[:-1] |= down
    (points,) = write(result, tmp_path / "points", frames=(1, 1), edge_cut=0.1, shape="points")
    assert len(points.vertices) == (~beside).sum()


def test_fewer_vertices_sample_the_depth(result: Path, tmp_path: Path) -> None:
    (few,) = write(result, tmp_path / "out", frames=(1, 1), max_vertices=500)
    assert 300 < len(few.vertices) <= 500
    depth = np.float32(-expected(1, result)[..., 2])
    nearest = np.abs(-few.vertices[:, 2, None] - depth.ravel()).min(1)
    assert nearest.max() < 1e-4  # no depth that the frame does not have


def test_true_depth_by_a_calibration(result: Path, tmp_path: Path) -> None:
    with pytest.raises(DepthError, match="no true size"):
        write(result, tmp_path / "out", metric=True)
    calibration = Calibration((ShotCalibration(1, 6, 0.2, -0.4, 9, 9, 0.0, 0.0, 0.0, 1.0),))
    (result / "calibration.json").write_text(to_json(calibration))
    inverse = 0.2 * smooth(3, SIZE).astype(float) - 0.4
    (found,) = write(result, tmp_path / "out", metric=True, frames=(3, 3), shape="points", far=50.0)
    depth = np.where(inverse > 0, 1 / np.where(inverse > 0, inverse, 1), np.inf)
    kept = depth <= 50.0
    assert (inverse <= 0).any() and 0 < kept.sum() < kept.size
    assert np.allclose(found.vertices, unprojected(np.where(kept, depth, 1))[kept], rtol=1e-4, atol=1e-4)


def test_the_answer_as_json(result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(result), "-o", str(tmp_path / "out"), "--json", "--as", "points"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["files"]) == 6 and answer["vertices"] == SIZE[0] * SIZE[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "a.ply"], "a.ply holds one frame, but 6 are to be written"),
        (["-o", "a", "--frames", "7:9"], "The result has no frames from 7 to 9"),
        (["-o", "a", "--frames", "x"], "'x' is no range of frames"),
        (["-o", "a", "--format", "glb", "--as", "points"], "The format glb is for meshes"),
        (["-o", "a", "--near", "5", "--far", "2"], "The near 5 and far 2 are no range"),
        (["-o", "a", "--metric"], "The depth of this result has no true size"),
        (["-o", "a", "--step", "0"], "The step 0 is not possible"),
        (["-o", "a", "--scale", "0"], "The scale 0 is not possible"),
        (["-o", "full"], "is there and holds other files"),
    ],
)
def test_bad_input_is_one_sentence(result, tmp_path, monkeypatch, capsys, arguments, said) -> None:
    work = tmp_path / "work"
    (work / "full").mkdir(parents=True)
    (work / "full" / "mine.txt").touch()
    monkeypatch.chdir(work)
    assert run(["export", str(result), *arguments]) != 0
    assert said in capsys.readouterr().err
    assert [path.name for path in work.iterdir()] == ["full"]


def test_a_folder_of_an_earlier_export_is_replaced(result: Path, tmp_path: Path) -> None:
    write(result, tmp_path / "out")
    write(result, tmp_path / "out", step=3)
    assert len(list((tmp_path / "out").iterdir())) == 2 and JobFolder(result).read_manifest()


def test_a_missing_file_is_named_and_nothing_is_left(result: Path, tmp_path: Path) -> None:
    color = ResultFolder.open(result).manifest.proxy_color.file(4)
    (result / color).unlink()
    with pytest.raises(DepthError, match=Path(color).name):
        write(result, tmp_path / "out")
    assert not list(tmp_path.glob("out*"))
