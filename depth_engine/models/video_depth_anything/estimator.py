# SPDX-License-Identifier: Apache-2.0
"""Video Depth Anything at work on a shot of any length: one window after the other, each forgotten but for its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from depth_engine.footage.frame import Frame, Rgb
from depth_engine.models.base import (
    Disparity,
    EstimatorState,
    ExecutionPlan,
    ModelInfo,
    Report,
    ShotSpec,
    WindowProgress,
    WindowSeam,
)
from depth_engine.models.pictures import resized
from depth_engine.models.video_depth_anything.alignment import Stitcher
from depth_engine.models.video_depth_anything.checkpoint import load_network
from depth_engine.models.video_depth_anything.network import Pictures, make_predictor
from depth_engine.models.video_depth_anything.published import Architecture
from depth_engine.models.video_depth_anything.settings import processed_size
from depth_engine.models.video_depth_anything.streaming import FramePredictor, StreamingEstimator
from depth_engine.models.video_depth_anything.windows import SEEN, STREAMING, WINDOW, window_count
from depth_engine.models.weights import find_weights


class PlainPredictor(Protocol):
    """What gives a window its disparity."""

    def steps(self, frames: int) -> int:
        """How often `tick` is called for so many frames."""
        ...

    def __call__(self, pictures: Pictures, tick: Callable[[], None]) -> Disparity:
        """Disparity [n,H,W] of a window's pictures [n,H,W,3]."""
        ...


class WindowPredictor(PlainPredictor, FramePredictor, Protocol):
    """What gives a window, or a stream's next frame, its disparity."""


@dataclass(frozen=True, slots=True)
class VideoDepthModel:
    """The network on its device (a `models.base.Model`)."""

    predictor: WindowPredictor
    info: ModelInfo
    weights: str
    device: str
    plan: ExecutionPlan

    def open_shot(self, spec: ShotSpec) -> VideoDepthEstimator | StreamingEstimator:
        if spec.settings.streaming:
            return StreamingEstimator(self.predictor, spec.frame_count, processed_size(spec), STREAMING, self.device)
        return VideoDepthEstimator(self.predictor, self.info, spec)


def load_model(
    info: ModelInfo, architecture: Architecture, weights: Path | None, device: str, plan: ExecutionPlan
) -> VideoDepthModel:
    """As `VideoDepthAnything.load`."""
    found = find_weights(info, weights)
    network = load_network(architecture, found.files[0])
    predictor = make_predictor(network, device, plan, metric=info.kind == "metric")
    return VideoDepthModel(predictor, info, found.identity, device, plan)


class VideoDepthEstimator:
    """One shot (a `models.base.Estimator`).

    Held between pushes: pictures that do not fill a window yet, the ten that the next one begins with, and the
    disparity of the last window's end and keyframes.
    """

    def __init__(self, predictor: PlainPredictor, info: ModelInfo, spec: ShotSpec) -> None:
        self._predictor = predictor
        self._frame_count = spec.frame_count
        self._windows = window_count(spec.frame_count)
        self._size = processed_size(spec)
        self._waiting: list[Rgb] = []
        self._seen = self._no_pictures()
        self._stitcher = Stitcher(self._size, affine=info.kind != "metric")
        self._window = 0
        self._pushed = 0
        self._returned = 0

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        finished: list[Disparity] = []
        for frame in frames:
            self._waiting.append(resized(frame.rgb, self._size))
            self._pushed += 1
            if len(self._seen) + len(self._waiting) == WINDOW:
                finished += self._compute(progress)
        return finished

    def finish(self, progress: Report) -> list[Disparity]:
        """A last window that is not full is filled with its last frame, as published: the network knows no shorter
        ones.
        """
        if not self._waiting:
            return []
        self._waiting += [self._waiting[-1]] * (WINDOW - len(self._seen) - len(self._waiting))
        return self._compute(progress)

    def report(self) -> tuple[WindowSeam, ...]:
        return tuple(self._stitcher.seams)

    def _compute(self, progress: Report) -> list[Disparity]:
        """Compute the window that is full now; after the last one nothing is kept back."""
        pictures = np.stack([*self._seen, *self._waiting])
        steps, done = self._predictor.steps(WINDOW), 0

        def tick() -> None:
            nonlocal done
            done += 1
            progress(WindowProgress(self._window + 1, self._windows, done, steps))

        finished = self._stitcher.join(self._predictor(pictures, tick), self._window)
        self._window += 1
        self._seen, self._waiting = pictures[[*SEEN]], []
        if self._window == self._windows:
            finished = [*finished, *self._stitcher.tail][: self._frame_count - self._returned]
        self._returned += len(finished)
        return finished

    def state(self) -> EstimatorState:
        values = {"window": self._window, "seams": [list(astuple(seam)) for seam in self._stitcher.seams]}
        arrays = {
            "waiting": np.stack(self._waiting) if self._waiting else self._no_pictures(),
            "seen": self._seen,
            "tail": self._stitcher.tail,
            "keys": self._stitcher.keys,
        }
        return EstimatorState(self._pushed, self._returned, values, arrays)

    def restore(self, state: EstimatorState) -> None:
        self._pushed, self._returned = state.pushed, state.returned
        self._window = state.values["window"]
        self._waiting, self._seen = list(state.arrays["waiting"]), state.arrays["seen"]
        self._stitcher.tail, self._stitcher.keys = state.arrays["tail"], state.arrays["keys"]
        self._stitcher.seams = [WindowSeam(*seam) for seam in state.values["seams"]]

    def _no_pictures(self) -> Pictures:
        return np.zeros((0, self._size[1], self._size[0], 3), np.uint8)
