# SPDX-License-Identifier: Apache-2.0
"""Candidates side by side on scenes whose depth is known, and on pictures for the eye."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import write_text
from depth_engine.evaluation.candidates import Candidate, Values
from depth_engine.evaluation.metrics import Scores, mean_scores, score_clip, score_image
from depth_engine.evaluation.pictures import grid
from depth_engine.evaluation.temporal import alignment_error, flicker, still_seen, warped_residual
from depth_engine.footage.frame import Rgb
from depth_engine.outputs.files import write_bytes
from depth_engine.training.synthetic.clips import Clip

Tell = Callable[[str], None]

STEADINESS = ("warped_residual", "alignment_error", "flicker")


@dataclass(slots=True)
class Results:
    """Of one candidate: each image fitted by itself, each clip as a whole, and what a clip tells of steadiness."""

    images: dict[str, Scores] = field(default_factory=dict[str, Scores])
    clips: dict[str, Scores] = field(default_factory=dict[str, Scores])
    steadiness: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])

    def means(self) -> dict[str, float]:
        """Means over the images, over the scenes' means, over the clips, and of each measure of steadiness over the
        clips that have it.
        """
        scenes: dict[str, list[Scores]] = {}
        for name, scores in self.images.items():
            scenes.setdefault(name.partition("/")[0], []).append(scores)
        told = {f"image_{name}": value for name, value in asdict(mean_scores(list(self.images.values()))).items()}
        by_scene = mean_scores([mean_scores(each) for each in scenes.values()])
        told |= {f"scene_{name}": value for name, value in asdict(by_scene).items()}
        if self.clips:
            whole = asdict(mean_scores(list(self.clips.values())))
            told |= {f"clip_{name}": value for name, value in whole.items()}
        for name in STEADINESS:
            values = [each[name] for each in self.steadiness.values() if name in each]
            if values:
                told[name] = float(np.mean(values))
        return told


def compare(clips: Sequence[Clip], candidates: Mapping[str, Candidate], out: Path, tell: Tell) -> None:
    """Score every candidate on every clip; writes `scores.json` (each image's and clip's), `scores.md` (the means) and
    `scenes.png` into the folder. Views, which are no clip, are looked at one by one.
    """
    out.mkdir(parents=True, exist_ok=True)
    results = {name: Results() for name in candidates}
    shown: list[list[NDArray[np.uint8] | Values]] = []
    for done, clip in enumerate(clips, 1):
        rows = [_row(clip, frames, candidates, results) for frames in _shots(clip)]
        shown.append(rows[0])
        tell(f"{clip.folder.name}: {done} of {len(clips)}")
    write_text(out / "scores.json", json.dumps({name: asdict(each) for name, each in results.items()}, indent=1))
    write_text(out / "scores.md", table(results))
    write_bytes(out / "scenes.png", grid(("picture", "truth", *candidates), shown[:: -(-len(shown) // 12)]))


def _shots(clip: Clip) -> list[range]:
    """Frames that are estimated together."""
    if clip.info.kind == "clip":
        return [range(clip.info.frames)]
    return [range(view, view + 1) for view in range(clip.info.frames)]


def _row(
    clip: Clip, frames: range, candidates: Mapping[str, Candidate], results: Mapping[str, Results]
) -> list[NDArray[np.uint8] | Values]:
    """Score every candidate on some frames; returns the first one, its true disparity, and the candidates'."""
    pictures = [np.ascontiguousarray(clip.picture(frame)) for frame in frames]
    truth = np.stack([clip.disparity(frame) for frame in frames])
    row: list[NDArray[np.uint8] | Values] = [pictures[0], truth[0]]
    for name, candidate in candidates.items():
        predicted = at_size(candidate(pictures), truth.shape[1:])
        _score(clip, frames, pictures, truth, predicted, results[name])
        row.append(predicted[0])
    return row


def at_size(disparity: Values, size: tuple[int, ...]) -> Values:
    """Disparity [T,h,w] at another height and width."""
    return np.stack([cast(Values, cv2.resize(each, (size[1], size[0]))) for each in disparity])


def _score(
    clip: Clip, frames: range, pictures: Sequence[Rgb], truth: Values, predicted: Values, results: Results
) -> None:
    name = clip.folder.name
    for frame, each, true in zip(frames, predicted, truth):
        if true.any():
            results.images[f"{name}/{frame:04d}"] = score_image(each, true)
    if len(pictures) > 1 and truth.any():
        results.clips[name] = score_clip(predicted, truth)
        results.steadiness[name] = _steadiness(clip, pictures, truth, predicted)


def _steadiness(clip: Clip, pictures: Sequence[Rgb], truth: Values, predicted: Values) -> dict[str, float]:
    """The measures that the clip allows: flicker only where something stands still."""
    known = [clip.flow(frame) for frame in range(len(pictures) - 1)]
    seen = [valid & still_seen(flow, truth[i], truth[i + 1]) for i, (flow, valid) in enumerate(known)]
    cameras = clip.info.cameras
    intrinsics = np.array([[camera.fx, camera.fy, camera.cx, camera.cy] for camera in cameras])
    poses = np.array([camera.camera_to_world for camera in cameras])
    grey = np.stack([cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in pictures]).astype(np.float32)
    measures: dict[str, Callable[[], float]] = {
        "warped_residual": lambda: warped_residual(predicted, np.stack([flow for flow, _ in known]), np.stack(seen)),
        "alignment_error": lambda: alignment_error(predicted, truth, intrinsics, poses),
        "flicker": lambda: flicker(predicted, grey),
    }
    told: dict[str, float] = {}
    for name, measure in measures.items():
        try:
            told[name] = measure()
        except ValueError:
            continue
    return told


def table(results: Mapping[str, Results]) -> str:
    """The means as a Markdown table, a line for each candidate."""
    columns = {
        "AbsRel": "image_abs_rel",
        "delta1": "image_delta1",
        "Spearman": "image_spearman",
        "AbsRel, scene": "scene_abs_rel",
        "delta1, scene": "scene_delta1",
        "Spearman, scene": "scene_spearman",
        "AbsRel, clip": "clip_abs_rel",
        "delta1, clip": "clip_delta1",
        "along flow": "warped_residual",
        "TAE %": "alignment_error",
        "flicker": "flicker",
    }
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, each in results.items():
        means = each.means()
        told = [f"{means[key]:.3f}" if key in means else "" for key in columns.values()]
        lines.append(f"| {name} | " + " | ".join(told) + " |")
    return "\n".join(lines) + "\n"


def show(pictures: Mapping[str, Rgb], candidates: Mapping[str, Candidate], out: Path) -> None:
    """Write `real.png` into the folder: pictures without known depth, and what the candidates make of each alone."""
    rows: list[list[NDArray[np.uint8] | Values]] = []
    for rgb in pictures.values():
        predicted = [at_size(candidate([rgb]), rgb.shape[:2])[0] for candidate in candidates.values()]
        rows.append([rgb, *predicted])
    write_bytes(out / "real.png", grid(("picture", *candidates), rows))
