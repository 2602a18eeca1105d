# SPDX-License-Identifier: GPL-3.0-or-later
"""Candidates side by side on made-up scenes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.evaluation.candidates import Values, constant, engine_model, fastdepth, row_gradient
from depth_engine.evaluation.comparison import compare, show
from depth_engine.evaluation.real import real_frames
from depth_engine.footage.frame import Rgb
from depth_engine.training.synthetic.clips import read_split
from tests.depth_engine.training.scenes import write_scenes

EXAMPLE = Path(__file__).parents[3] / "examples" / "interview.mp4"


def test_the_better_one_scores_better(tmp_path: Path) -> None:
    write_scenes(tmp_path, train=0, held_out=2, frames=4)
    clips = read_split(tmp_path, "held_out")
    clips = [clip for clip in clips if clip.info.kind == "clip"]
    truth = np.stack([clips[0].disparity(frame) for frame in range(4)])
    told = {"constant": constant, "row gradient": row_gradient, "oracle": lambda _: 5 * truth + 1}
    compare(clips, told, tmp_path / "out", lambda _: None)
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert len(scores["oracle"]["images"]) == 4
    means = {name: np.mean([each["abs_rel"] for each in scores[name]["clips"].values()]) for name in scores}
    assert means["oracle"] < 0.001 < 0.1 < min(means["row gradient"], means["constant"])
    steady = next(iter(scores["oracle"]["steadiness"].values()))
    assert steady["warped_residual"] < 0.005 and steady["alignment_error"] < 8 and "flicker" not in steady
    assert "| oracle | 0.000 | 1.000 |" in (tmp_path / "out" / "scores.md").read_text()
    assert cv2.imread(str(tmp_path / "out" / "scenes.png")).shape[1] == 5 * 240


def test_views_are_estimated_one_by_one_and_a_scene_counts_once(tmp_path: Path) -> None:
    write_scenes(tmp_path, train=0, held_out=2, frames=4)
    scenes = read_split(tmp_path, "held_out")
    assert sorted(scene.info.kind for scene in scenes) == ["clip", "views"]
    calls: list[int] = []

    def counting(pictures: Sequence[Rgb]) -> Values:
        calls.append(len(pictures))
        return row_gradient(pictures)

    compare(scenes, {"counting": counting}, tmp_path / "out", lambda _: None)
    assert sorted(calls) == [1] * 4 + [4]
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())["counting"]
    assert len(scores["images"]) == 8 and len(scores["clips"]) == 1
    lines = (tmp_path / "out" / "scores.md").read_text().splitlines()
    told = dict(zip(lines[0].split(" | "), lines[2].split(" | ")))
    by_scene = [
        np.mean([each["abs_rel"] for name, each in scores["images"].items() if name.startswith(scene.folder.name)])
        for scene in scenes
    ]
    assert float(told["AbsRel, scene"]) == pytest.approx(np.mean(by_scene), abs=1e-3)


def test_a_model_of_the_engine_is_shown_on_real_frames(tmp_path: Path) -> None:
    pictures = real_frames([EXAMPLE], 2)
    assert len(pictures) == 2
    small = {name: cv2.resize(rgb, (112, 64)) for name, rgb in pictures.items()}
    show(small, {"embedded": engine_model("embedded", None, "cpu")}, tmp_path)
    assert cv2.imread(str(tmp_path / "real.png")).shape == (22 + 2 * 137, 2 * 240, 3)


def test_what_is_not_fastdepth_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(b"no network")
    with pytest.raises(DepthError, match="no ONNX network") as caught:
        fastdepth(path)
    assert caught.value.code is ExitCode.BAD_WEIGHTS
