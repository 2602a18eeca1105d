# SPDX-License-Identifier: GPL-3.0-or-later
"""Models whose answers are known: what comes out of the engine can be compared with what they returned."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from depth_engine.contract import Job, JobFolder, Options, Source
from depth_engine.footage.frame import Frame
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

Answer = Callable[[int], Disparity]


def smooth(number: int, size: tuple[int, int] = (96, 64)) -> Disparity:
    """A known disparity [h,w] for a frame: waves that move, over a range that is not 0..1."""
    width, height = size
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return (3 + np.sin((x + 2 * number) / 9) + np.cos(y / 7) * (1 + number / 50)).astype(np.float32)


class Oracle:
    """A model that answers at once, or, with `window`, whole windows at a time as video models do."""

    plan = ExecutionPlan("fp32")
    device = "cpu"
    weights = "none"

    def __init__(
        self, answer: Answer = smooth, window: int = 1, before_frame: Callable[[int], None] | None = None
    ) -> None:
        self.info = ModelInfo(
            name="oracle",
            title="Oracle",
            kind="disparity",
            temporal=window > 1,
            licence="Apache-2.0",
            commercial_use=True,
            summary="Knows the answers.",
            files=(),
            included=True,
            window=window,
        )
        self.answer = answer
        self.before_frame = before_frame
        self.most_held_back = 0
        self.specs: list[ShotSpec] = []

    def open_shot(self, spec: ShotSpec) -> _Shot:
        self.specs.append(spec)
        return _Shot(self, spec)


class _Shot:
    def __init__(self, model: Oracle, spec: ShotSpec) -> None:
        self._model = model
        self._windows = -(-spec.frame_count // model.info.window)
        self._done = 0
        self._returned = 0
        self._waiting: list[int] = []

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        self._waiting += [frame.number for frame in frames]
        self._model.most_held_back = max(self._model.most_held_back, len(self._waiting))
        finished: list[Disparity] = []
        while len(self._waiting) >= self._model.info.window:
            finished += self._window(self._model.info.window, progress)
        return finished

    def finish(self, progress: Report) -> list[Disparity]:
        return self._window(len(self._waiting), progress) if self._waiting else []

    def state(self) -> EstimatorState:
        return EstimatorState(self._returned, self._returned, {"windows": self._done}, {})

    def restore(self, state: EstimatorState) -> None:
        self._returned = state.returned
        self._done = state.values["windows"]

    def report(self) -> tuple[WindowSeam, ...]:
        return ()

    def _window(self, count: int, progress: Report) -> list[Disparity]:
        self._done += 1
        progress(WindowProgress(self._done, self._windows))
        numbers, self._waiting = self._waiting[:count], self._waiting[count:]
        self._returned += count
        for number in numbers:
            if self._model.before_frame:
                self._model.before_frame(number)
        return [self._model.answer(number) for number in numbers]


def make_job(folder: JobFolder, source: Source, **options: object) -> JobFolder:
    """Write job.json and return the folder."""
    folder.write_job(Job(source, "clip", Options(**options)))  # type: ignore[arg-type]
    return folder
