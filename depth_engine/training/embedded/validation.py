# SPDX-License-Identifier: Apache-2.0
"""How good the network is on held-out scenes, and a picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode
from depth_engine.evaluation.metrics import Scores, mean_scores, score_clip, score_image
from depth_engine.evaluation.pictures import grid
from depth_engine.evaluation.temporal import still_seen, warped_residual
from depth_engine.models.pictures import resized
from depth_engine.outputs.files import write_bytes
from depth_engine.training.embedded.learner import Learner
from depth_engine.training.embedded.recipe import Stage
from depth_engine.training.synthetic.clips import Clip

SHOWN = 8
"""Clips in the picture."""

Values = NDArray[np.float32]


class Validation:
    """Held-out clips, each seen as the stage's samples are: some frames in a row, or single pictures.

    clips: so many of them, evenly chosen. The network sees them in the stage's size that is nearest to their aspect.
    Raises DepthError BAD_INPUT where there is none to choose.
    """

    def __init__(self, clips: Sequence[Clip], count: int, stage: Stage, learner: Learner) -> None:
        usable = [clip for clip in clips if stage.frames == 1 or clip.info.kind == "clip"]
        if not usable:
            raise DepthError(ExitCode.BAD_INPUT, "No held-out scene is a clip.", "Render some for held_out.")
        chosen = np.linspace(0, len(usable) - 1, min(count, len(usable))).round().astype(int)
        self._clips: list[Clip] = [usable[index] for index in chosen]
        self._stage, self._learner = stage, learner

    def scores(self, picture: Path) -> dict[str, float]:
        """Means over the clips: each image fitted by itself; for several frames also one fit a clip (`clip_…`) and the
        change along the flow where it is known. Writes a picture of the first frames.
        """
        images: list[Scores] = []
        wholes: list[Scores] = []
        residuals: list[float] = []
        shown: list[tuple[NDArray[np.uint8], Values, Values]] = []
        for clip in self._clips:
            frames = self._frames(clip)
            pictures, truth = [clip.picture(frame) for frame in frames], [clip.disparity(frame) for frame in frames]
            predicted = self._predicted(clip, pictures)
            images += [score_image(each, true) for each, true in zip(predicted, truth) if true.any()]
            if self._stage.frames > 1:
                wholes.append(score_clip(predicted, np.stack(truth)))
                residuals.append(_residual(clip, frames, predicted, truth))
            shown.append((pictures[0], truth[0], predicted[0]))
        write_bytes(picture, grid(("picture", "truth", "predicted"), shown[:: -(-len(shown) // SHOWN)]))
        result = asdict(mean_scores(images))
        if wholes:
            result |= {f"clip_{name}": value for name, value in asdict(mean_scores(wholes)).items()}
            result["warped_residual"] = float(np.mean(residuals))
        return result

    def _frames(self, clip: Clip) -> range:
        if self._stage.frames == 1:
            return range(0, clip.info.frames, max(1, clip.info.frames // 3))
        return range(min(self._stage.frames, clip.info.frames))

    @torch.no_grad()
    def _predicted(self, clip: Clip, pictures: Sequence[NDArray[np.uint8]]) -> Values:
        """Disparity [n,H,W] of a clip's pictures, at their own size."""
        aspect = clip.info.width / clip.info.height
        fitting = sorted(self._stage.sizes, key=lambda size: (abs(np.log(size[0] / size[1] / aspect)), -size[0]))[0]
        self._learner.network.eval()
        frames = torch.as_tensor(np.stack([resized(each, fitting) for each in pictures]))
        values = (
            self._learner.back(self._learner.front(frames), (fitting[1], fitting[0]), len(frames)).float().cpu().numpy()
        )
        return np.stack([cast(Values, cv2.resize(each, (clip.info.width, clip.info.height))) for each in values])


def _residual(clip: Clip, frames: range, predicted: Values, truth: Sequence[Values]) -> float:
    flows: list[NDArray[np.float32]] = []
    seen: list[NDArray[np.bool_]] = []
    for index, frame in enumerate(frames[:-1]):
        flow, known = clip.flow(frame)
        flows.append(flow)
        seen.append(known & still_seen(flow, truth[index], truth[index + 1]))
    return warped_residual(predicted, np.stack(flows), np.stack(seen))
