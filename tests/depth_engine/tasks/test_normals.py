# SPDX-License-Identifier: GPL-3.0-or-later
"""Normals and lighting of a result, as files."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from depth_engine.cli.main import run
from depth_engine.contract import (
    Calibration,
    DepthError,
    ExitCode,
    JobFolder,
    MovieSource,
    NormalsAnswer,
    NormalsJob,
    ShotCalibration,
    load,
    to_json,
)
from depth_engine.geometry.normals import View, normals
from depth_engine.jobs import run_job
from depth_engine.outputs.exr import read_exr, read_header
from depth_engine.outputs.layout import remove_outputs
from depth_engine.tasks import new_task_folder, run_task
from tests.depth_engine.oracle import Oracle, make_job, smooth
from tests.support.movies import make_movie

VIEW = View(math.radians(40), 64 / 96)


def normals_of(result: Path, **options: float) -> NormalsAnswer:
    folder = new_task_folder(result, "normals")
    folder.write_job(NormalsJob(str(result), **options))
    answer = run_task(folder)
    assert isinstance(answer, NormalsAnswer)
    return answer


def vectors(path: Path) -> np.ndarray:
    with OpenEXR.File(str(path)) as file:
        return np.asarray(file.channels()["RGB"].pixels, np.float32)


def expected(result: Path, number: int, near: float, far: float) -> np.ndarray:
    """By the formula of the documents, without smoothing."""
    manifest = JobFolder(result).read_manifest()
    assert manifest
    shot = manifest.shots[0]
    share = np.maximum((smooth(number) - shot.p1) / (shot.p99 - shot.p1), 0)
    return normals((1 / far + (1 / near - 1 / far) * share).astype(np.float32), VIEW)


def test_every_frame_has_the_normals_of_its_depth(result: Path) -> None:
    answer = normals_of(result, field_of_view=40.0, near=2.0, far=9.0, smooth=0.0)
    assert (answer.frames, answer.normals.width, answer.normals.height) == (6, 96, 64)
    for number in range(1, 7):
        path = result / answer.normals.file(number)
        assert np.abs(vectors(path) - expected(result, number, 2.0, 9.0)).max() < 1e-3
        header = read_header(path)
        assert header["imageCounter"] == number and "towards the camera" in str(header["units"])
    assert load(NormalsAnswer, (result / "normals" / "normals.json").read_text(), "it") == answer


def test_the_lighting_is_that_of_the_footage(result: Path) -> None:
    answer = normals_of(result)
    lights = [read_exr(result / answer.lighting.file(number)) for number in range(1, 7)]
    assert all(light.shape == (answer.lighting.height, answer.lighting.width) for light in lights)
    assert answer.light_level == pytest.approx(np.exp(np.mean([np.log(light).mean() for light in lights])), rel=1e-4)
    assert 0.001 < answer.light_level < 1


def test_a_run_goes_on_where_it_was_broken_off_and_repeats_nothing(result: Path) -> None:
    answer = normals_of(result)
    paths = [result / answer.normals.file(number) for number in range(1, 7)]
    paths[3].unlink()
    (result / answer.lighting.file(5)).unlink()
    (result / "normals" / "normals.json").unlink()
    before = {path: path.stat().st_mtime_ns for path in paths if path.exists()}
    assert normals_of(result) == answer
    changed = [path for path, time in before.items() if path.stat().st_mtime_ns != time]
    assert changed == [paths[4]] and paths[3].exists()


def test_other_options_begin_anew(result: Path) -> None:
    first = normals_of(result, smooth=0.0)
    before = vectors(result / first.normals.file(2))
    second = normals_of(result, smooth=3.0)
    assert np.abs(vectors(result / second.normals.file(2)) - before).max() > 0.01


def test_metric_depth_needs_no_range(tmp_path: Path) -> None:
    movie = make_movie(tmp_path / "clip.mp4", frames=2, size=(96, 64))
    model = Oracle()
    model.info = replace(model.info, kind="metric")
    folder = make_job(JobFolder(tmp_path / "clip.depth"), MovieSource(str(movie)))
    run_job(folder, model=model)
    answer = normals_of(folder.path, field_of_view=40.0, near=0.1, far=0.2, smooth=0.0)
    assert np.abs(vectors(folder.path / answer.normals.file(1)) - normals(smooth(1), VIEW)).max() < 1e-3


def test_a_calibration_counts_instead_of_near_and_far(result: Path) -> None:
    shot = ShotCalibration(1, 6, 0.1, 0.02, 9, 9, 0.0, 0.0, 0.0, 1.0)
    normals_of(result, field_of_view=40.0, smooth=0.0)
    JobFolder(result).calibration_file.write_text(to_json(Calibration((shot,))))
    answer = normals_of(result, field_of_view=40.0, smooth=0.0)
    wanted = normals(0.1 * smooth(4) + np.float32(0.02), VIEW)
    assert np.abs(vectors(result / answer.normals.file(4)) - wanted).max() < 1e-3


def test_a_new_estimate_takes_them_away(result: Path) -> None:
    normals_of(result)
    (result / "normals" / "notes.txt").write_text("mine")
    remove_outputs(result)
    assert [path.name for path in (result / "normals").iterdir()] == ["notes.txt"]
    assert not (result / "lighting").exists()


def test_damaged_footage_is_said(result: Path) -> None:
    (result / "proxy" / "color.000003.jpg").write_bytes(b"no picture")
    with pytest.raises(DepthError, match=r"color.000003.jpg is missing or damaged") as caught:
        normals_of(result)
    assert caught.value.code is ExitCode.BAD_INPUT
    assert not (result / "normals" / "normals.json").exists()


@pytest.mark.parametrize("options", [{"near": 3.0, "far": 2.0}, {"smooth": -1.0}, {"field_of_view": 200.0}])
def test_impossible_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(DepthError) as caught:
        NormalsJob("/nowhere", **options)
    assert caught.value.code is ExitCode.BAD_JOB


def test_the_command_gives_the_same_as_the_library(result: Path, capfd: pytest.CaptureFixture[str]) -> None:
    answer = normals_of(result, field_of_view=40.0, near=2.0, far=9.0, smooth=0.5)
    path = result / answer.normals.file(6)
    before, folders = path.read_bytes(), set((result / "tasks").iterdir())
    path.unlink()
    words = ["--field-of-view", "40", "--near", "2", "--far", "9", "--smooth", "0.5", "--json"]
    assert run(["normals", str(result), *words]) == ExitCode.OK
    assert json.loads(capfd.readouterr().out)["normals"]["pattern"] == answer.normals.pattern
    assert path.read_bytes() == before and set((result / "tasks").iterdir()) == folders
    assert run(["normals", str(result), "--near", "30"]) == ExitCode.USAGE
    assert "near 30 is not before far 20" in capfd.readouterr().err
