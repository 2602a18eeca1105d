# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way by real clicks in a real Blender window, with the real engine."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import pytest

from depth_engine.contract import ImagesSource, JobFolder, Manifest, MovieSource
from tests.support.coded import read_index
from tests.support.movies import make_movie
from tests.ui.machine import CHECKOUT, ROOT, Machine

CLIP = ROOT / "examples" / "dog_handheld.mp4"
FRAMES = 41


@pytest.fixture(scope="module")
def whole_way(machine: Machine, picture_folder: Path) -> dict[str, Any]:
    """The report of the whole way on the example clip; its pictures go to docs/images/ui."""
    report = machine.play("scenario_whole_way.py", "whole_way", CLIP)
    keep_pictures(report["folder"], picture_folder)
    return report | {"job": machine.outside(report["job"])}


def keep_pictures(folder: Path, pictures: Path, part: str = "ui") -> None:
    (pictures / part).mkdir(parents=True, exist_ok=True)
    for picture in folder.glob("*.png"):
        assert cv2.imwrite(
            str(pictures / part / f"{picture.stem}.jpg"), cv2.imread(str(picture)), [cv2.IMWRITE_JPEG_QUALITY, 88]
        )


def manifest_of(folder: Path) -> Manifest:
    manifest = JobFolder(folder).read_manifest()
    assert manifest is not None
    return manifest


def test_the_panel_tells_what_will_happen(whole_way: dict[str, Any]) -> None:
    assert whole_way["plan_frames"] == FRAMES


def test_the_job_runs_to_the_end(whole_way: dict[str, Any]) -> None:
    manifest = manifest_of(whole_way["job"])
    assert isinstance(manifest.source, MovieSource)
    assert [frame.number for frame in manifest.frames] == list(range(1, FRAMES + 1))
    assert manifest.model.name == "embedded"
    depth = [whole_way["job"] / manifest.depth["exr32"].file(frame.number) for frame in manifest.frames]
    assert all(path.is_file() for path in depth)


def test_blender_answered_all_the_time(whole_way: dict[str, Any]) -> None:
    assert whole_way["job_beats"] > whole_way["job_seconds"]


def test_the_depth_strip_lies_above_its_source(whole_way: dict[str, Any]) -> None:
    source, depth = sorted(whole_way["strips"], key=lambda strip: strip["channel"])
    assert depth["type"] == "MOVIE"
    assert depth["channel"] == source["channel"] + 1
    assert (depth["left"], depth["right"]) == (source["left"], source["right"]) == (1, FRAMES + 1)


def test_the_relief_appears_with_its_camera(whole_way: dict[str, Any]) -> None:
    assert sorted(whole_way["relief"]) == ["CAMERA", "EMPTY", "MESH"]  # the empty holds them
    assert whole_way["relief_vertices"] > 100_000


def test_the_points_appear_before_the_same_camera(whole_way: dict[str, Any]) -> None:
    assert whole_way["points"] == ["POINTCLOUD"]
    assert whole_way["points_vertices"] > 100_000


def test_check_engine_shows_what_the_engine_found(whole_way: dict[str, Any]) -> None:
    assert {"PyTorch", "OpenEXR", "Model embedded"} <= set(whole_way["checks"])


def test_a_diffusion_model_is_chosen_and_runs_with_weights_from_a_folder(
    machine: Machine, picture_folder: Path
) -> None:
    """The weights are tiny and random: this shows the way, not the depth."""
    weights = CHECKOUT / "tests" / "data" / "depthcrafter"
    report = machine.play("scenario_diffusion.py", "diffusion", CLIP, weights)
    keep_pictures(report["folder"], picture_folder)
    assert report["model"] == "depthcrafter"
    assert not report["offered_offline"] and not report["downloads"]
    frames, windows, execution = report["plan"]
    assert frames == FRAMES and windows == 2 and execution
    manifest = manifest_of(machine.outside(report["job"]))
    assert manifest.model.name == "depthcrafter" and len(manifest.frames) == FRAMES


def test_a_click_cancels_a_job(machine: Machine) -> None:
    report = machine.play("scenario_cancel.py", "cancel", CLIP)
    folder = JobFolder(machine.outside(report["job"]))
    assert not folder.manifest_file.exists()
    assert not folder.is_running()
    assert not list(folder.path.rglob("*.part"))
    assert 0 < len(list(folder.path.glob("depth/*.exr"))) < FRAMES
    assert any(command.startswith("bpy.ops.sequencer.depth_estimate(") for command in report["buttons"])
    assert not any(command.startswith("bpy.ops.sequencer.depth_cancel(") for command in report["buttons"])


def test_a_retimed_strip_reaches_the_engine_as_the_sequencer_shows_it(
    machine: Machine, picture_folder: Path, tmp_path: Path
) -> None:
    """Retiming crashes Blender's Python module, so only the window can show this."""
    movie = make_movie(tmp_path / "coded.mp4", frames=48)
    report = machine.play("scenario_retimed.py", "retimed", movie)
    keep_pictures(report["folder"], picture_folder)
    shown = [index_of(machine.outside(file)) for file in report["shown"]]
    assert shown[0] == 0
    assert all(1 <= after - before <= 3 for before, after in pairwise(shown))
    assert shown[-1] >= 44
    source = manifest_of(machine.outside(report["job"])).source
    assert isinstance(source, ImagesSource)
    assert [index_of(report["folder"] / "rendered" / name) for name in source.files] == shown
    assert report["plan_frames"] == len(shown)


def index_of(file: Path) -> int:
    return read_index(cv2.imread(str(file)))
