# SPDX-License-Identifier: Apache-2.0
"""The estimator of every model that looks at each frame by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Frame, Rgb
from depth_engine.models.base import Disparity, EstimatorState, Precision, Report, WindowProgress, WindowSeam


class PerFrameEstimator:
    """Disparity of one shot's frames, each given back by the `push` that brought it (a `models.base.Estimator`).

    disparity: the model: [h,w] float32 of a picture [H,W,3] as stored. precision: what it computes in.
    """

    def __init__(self, disparity: Callable[[Rgb], Disparity], frame_count: int, precision: Precision) -> None:
        self._disparity = disparity
        self._frame_count = frame_count
        self._precision = precision
        self._done = 0

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        return [self._next(frame.rgb, progress) for frame in frames]

    def finish(self, progress: Report) -> list[Disparity]:
        return []

    def state(self) -> EstimatorState:
        return EstimatorState(self._done, self._done, {}, {})

    def restore(self, state: EstimatorState) -> None:
        self._done = state.pushed

    def report(self) -> tuple[WindowSeam, ...]:
        return ()

    def _next(self, rgb: Rgb, progress: Report) -> Disparity:
        """One frame at a time: its values cannot depend on the frames that come with it, and a job stops at once."""
        self._done += 1
        progress(WindowProgress(self._done, self._frame_count))
        disparity = self._disparity(rgb)
        if not np.isfinite(disparity).all():
            raise DepthError(
                ExitCode.INTERNAL,
                f"The network's numbers went out of range at precision {self._precision}.",
                "Use --precision fp32.",
            )
        return disparity
