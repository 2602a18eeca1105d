# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibrating a result: by the library and the program, kept beside the manifest, and as Z in the EXRs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import pytest

from depth_engine.cli.main import run
from depth_engine.contract import (
    CalibrateJob,
    Calibration,
    DepthError,
    DepthObservation,
    ExitCode,
    JobFolder,
    MovieSource,
)
from depth_engine.jobs import run_job
from depth_engine.outputs.exr import read_exr, read_header
from depth_engine.tasks import new_task_folder, run_task
from tests.depth_engine.oracle import Oracle, make_job, smooth
from tests.support.movies import make_movie

SCALE, SHIFT = 0.3, -0.35  # of a smooth disparity from 1 to 5: some of it becomes sky
SHOTS = {1: (0.3, -0.1), 4: (0.1, 0.05)}  # by first frame


@pytest.fixture
def cut_result(tmp_path: Path) -> Path:
    """As `result`, in two shots, in both EXR formats."""
    movie = make_movie(tmp_path / "cut.mp4", frames=6, size=(96, 64))
    folder = make_job(JobFolder(tmp_path / "cut.depth"), MovieSource(str(movie)), shots="4", format=("exr32", "exr16"))
    run_job(folder, model=Oracle())
    return folder.path


def observations(
    count: int, line: Callable[[int], tuple[float, float]] = lambda number: (SCALE, SHIFT), seed: int = 3
) -> list[DepthObservation]:
    """Points at pixel centres, spread over all frames, exact by the line of their frame."""
    random = np.random.default_rng(seed)
    made: list[DepthObservation] = []
    while len(made) < count:
        number, column, row = len(made) % 6 + 1, int(random.integers(96)), int(random.integers(64))
        scale, shift = line(number)
        inverse = scale * float(smooth(number)[row, column]) + shift
        if inverse > 0.02:
            made.append(DepthObservation(number, column + 0.5, row + 0.5, 1 / inverse))
    return made


def spoiled(points: list[DepthObservation]) -> list[DepthObservation]:
    """Every depth with 2 % of noise, and every fifth one wrong."""
    random = np.random.default_rng(4)
    return [
        dataclasses.replace(
            point,
            depth=random.uniform(0.5, 30) if index % 5 == 0 else point.depth * (1 + random.normal(0, 0.02)),
        )
        for index, point in enumerate(points)
    ]


def calibrate(result: Path, points: list[DepthObservation] | None = None, **options: Any) -> Calibration:
    folder = new_task_folder(result, "calibrate")
    folder.write_job(CalibrateJob(str(result), tuple(points or ()), **options))
    answer = run_task(folder)
    assert isinstance(answer, Calibration)
    return answer


def channels(path: Path) -> dict[str, Any]:
    return {name: channel.pixels for name, channel in OpenEXR.File(str(path)).channels().items()}


def of_shot(number: int) -> tuple[float, float]:
    return SHOTS[4 if number >= 4 else 1]


def test_noisy_points_with_wrong_ones_among_them_give_the_scale_within_one_percent(result: Path) -> None:
    answer = calibrate(result, spoiled(observations(400)), source="tracks")
    (shot,) = answer.shots
    assert shot.scale == pytest.approx(SCALE, rel=0.01)
    assert (shot.first, shot.last, shot.points) == (1, 6, 400) and 250 < shot.inliers <= 330
    assert 0.005 < shot.median_error < 0.03 < shot.high_error < 0.1 and shot.coverage > 0.8
    assert shot.scale_error < 0.01
    assert answer.source == "tracks" and not answer.has_z and len(answer.errors) == 400
    kept = JobFolder(result).read_calibration()
    assert kept == dataclasses.replace(answer, errors=())
    assert set(channels(result / "depth/clip.000001.exr")) == {"Y"}


def test_the_picture_shows_the_errors(result: Path) -> None:
    answer = calibrate(result, spoiled(observations(400)))
    assert answer.picture == "preview/clip.calibration.png"
    picture = cv2.imread(str(result / answer.picture))
    assert picture.shape == (420, 1000, 3)
    blue, orange = ((np.abs(picture - np.array(c)).sum(2) < 30).sum() for c in ((180, 111, 31), (26, 130, 224)))
    assert blue > orange > 100


def test_each_shot_is_fitted_by_itself(cut_result: Path) -> None:
    answer = calibrate(cut_result, observations(60, of_shot))
    assert [(shot.first, shot.last) for shot in answer.shots] == [(1, 3), (4, 6)]
    for shot in answer.shots:
        assert (shot.scale, shot.shift) == pytest.approx(SHOTS[shot.first], rel=1e-4)


def test_a_shot_without_points_is_named_and_the_others_are_fitted(cut_result: Path) -> None:
    early = [point for point in observations(60, of_shot) if point.number < 4]
    answer = calibrate(cut_result, [*early, DepthObservation(5, 10.5, 10.5, 3.0)], write_z=True)
    assert [shot.first for shot in answer.shots] == [1]
    assert len(answer.problems) == 1 and answer.problems[0].startswith("Shot 2: There are not two points")
    assert answer.errors[-1] is None
    assert "Z" in channels(cut_result / "depth/clip.000003.exr")
    assert "Z" not in channels(cut_result / "depth/clip.000004.exr")


@pytest.mark.parametrize(("folder", "half"), [("depth", False), ("depth16", True)])
def test_z_is_the_formula_of_y_and_all_else_stays(cut_result: Path, folder: str, half: bool) -> None:
    path = cut_result / folder / "clip.000004.exr"
    before, header = channels(path)["Y"], read_header(path)
    proxy = (cut_result / "proxy/depth.000004.exr").read_bytes()
    answer = calibrate(cut_result, observations(60, lambda number: (SCALE, SHIFT)), write_z=True)
    found, shot = channels(path), answer.shots[1]
    assert answer.has_z and set(found) == {"Y", "Z"} and found["Y"].tobytes() == before.tobytes()
    assert found["Z"].dtype == found["Y"].dtype == (np.float16 if half else np.float32)
    inverse = shot.scale * before.astype(np.float64) + shot.shift
    sky = inverse <= 0
    assert 0.01 < sky.mean() < 0.5
    assert (found["Z"][sky] == np.float32(65504 if half else 1e10)).all()
    assert found["Z"][inverse > 1e-3] == pytest.approx(1 / inverse[inverse > 1e-3], rel=1e-3 if half else 1e-6)
    kept = read_header(path)
    assert all(str(kept[name]) == str(value) for name, value in header.items() if name != "channels")
    assert float(str(kept["calibrationScale"])) == shot.scale
    assert (cut_result / "proxy/depth.000004.exr").read_bytes() == proxy
    assert read_exr(path).tobytes() == before.astype(np.float32).tobytes()


def test_writing_z_again_touches_nothing_and_another_calibration_renews_it(result: Path) -> None:
    path = result / "depth/clip.000002.exr"
    calibrate(result, observations(50))
    answer = calibrate(result, write_z=True)
    first, when = channels(path)["Z"], path.stat().st_mtime_ns
    assert calibrate(result, write_z=True) == answer and path.stat().st_mtime_ns == when
    again = calibrate(result, [dataclasses.replace(point, depth=2 * point.depth) for point in observations(50)])
    assert again.has_z  # a Z of the calibration before would be a wrong one
    near = first < 1e6
    assert channels(path)["Z"][near] == pytest.approx(2 * first[near], rel=1e-3)


def test_removing_gives_the_result_back_as_it_was(result: Path) -> None:
    before = contents(result)
    calibrate(result, observations(50), write_z=True)
    assert contents(result) != before
    assert calibrate(result, remove=True) == Calibration(())
    assert JobFolder(result).read_calibration() is None
    assert contents(result) == before


def contents(result: Path) -> dict[Path, bytes]:
    """Everything but the folders of tasks, which callers take away."""
    files = (path for path in result.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if result / "tasks" not in path.parents}


def test_one_point_gives_the_scale_when_the_farthest_is_known(result: Path) -> None:
    manifest = JobFolder(result).read_manifest()
    assert manifest
    point = DepthObservation(3, 20.5, 30.5, 2.0)
    (shot,) = calibrate(result, [point], far=50.0).shots
    assert 1 / (shot.scale * float(smooth(3)[30, 20]) + shot.shift) == pytest.approx(2.0, rel=1e-6)
    assert 1 / (shot.scale * manifest.shots[0].p1 + shot.shift) == pytest.approx(50.0, rel=1e-6)
    assert (shot.points, shot.inliers) == (1, 1)


@pytest.mark.parametrize(
    ("points", "options", "says"),
    [
        ([], {}, "no points were given"),
        ([DepthObservation(1, 1, 1, 1.0)], {}, "not two points"),
        ([DepthObservation(1, 1, 1, -1.0)], {}, "cannot be"),
        ([DepthObservation(9, 1, 1, 1.0)], {}, "Frame 9 was not computed"),
        ([DepthObservation(1, 97, 1, 1.0)], {}, "outside the picture"),
    ],
)
def test_what_cannot_be_calibrated_is_said_and_leaves_nothing(result, points, options, says) -> None:
    with pytest.raises(DepthError, match=says) as caught:
        calibrate(result, points, **options)
    assert caught.value.code is ExitCode.BAD_INPUT
    assert not (result / "calibration.json").exists()


def test_a_result_without_exr_has_nowhere_to_put_z(tmp_path: Path) -> None:
    movie = make_movie(tmp_path / "clip.mp4", frames=6, size=(96, 64))
    folder = make_job(JobFolder(tmp_path / "clip.depth"), MovieSource(str(movie)), format=("npz",))
    run_job(folder, model=Oracle())
    assert calibrate(folder.path, observations(50)).shots  # read from the proxy
    with pytest.raises(DepthError, match="no EXR files"):
        calibrate(folder.path, write_z=True)


def test_estimating_anew_forgets_the_calibration(result: Path) -> None:
    calibrate(result, observations(50))
    source = str(result.with_name("clip.mp4"))
    assert run(["estimate", source, "-o", str(result), "--overwrite", "--frames", "1:2"]) == ExitCode.OK
    assert not (result / "calibration.json").exists() and not list(result.glob("preview/*.calibration.png"))


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_the_command_reads_points_from_a_file(
    result: Path, tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    points = [{"frame": p.number, "x": p.x, "y": p.y, "depth": p.depth} for p in observations(40)]
    file = tmp_path / f"measured{suffix}"
    lines = ["frame,x,y,depth", *(",".join(map(repr, point.values())) for point in points)]
    file.write_text("\n".join(lines) if suffix == ".csv" else json.dumps(points))
    assert run(["sample", str(result), "--points", str(file), "--json"]) == ExitCode.OK
    sampled = json.loads(capfd.readouterr().out)["values"]
    assert sampled == pytest.approx([(1 / point["depth"] - SHIFT) / SCALE for point in points], rel=1e-5)
    assert run(["calibrate", str(result), "--points", str(file), "--write-z"]) == ExitCode.OK
    assert "40 of 40 points agree" in capfd.readouterr().out
    kept = JobFolder(result).read_calibration()
    assert kept and kept.has_z and kept.source == file.name
    assert kept == dataclasses.replace(calibrate(result, observations(40), source=file.name), errors=())
    assert run(["calibrate", str(result), "--remove", "--json"]) == ExitCode.OK
    assert json.loads(capfd.readouterr().out)["shots"] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no points"),
        ("frame,x,y\n1,2,3", "without a number for 'depth'"),
        ("frame,x,y,depth\n1.5,2,3,4", "no whole number"),
    ],
)
def test_a_file_of_points_that_cannot_be_used_is_refused(result, tmp_path, text, says, capfd) -> None:
    file = tmp_path / "points.csv"
    file.write_text(text)
    assert run(["calibrate", str(result), "--points", str(file)]) == ExitCode.BAD_INPUT
    assert says in capfd.readouterr().err


@pytest.mark.parametrize("words", [[], ["--remove", "--write-z"]])
def test_options_that_ask_for_nothing_or_for_both_are_refused(result: Path, words: list[str]) -> None:
    assert run(["calibrate", str(result), *words]) == ExitCode.USAGE
