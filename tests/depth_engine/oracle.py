# SPDX-License-Identifier: GPL-3.0-or-later
"""Models whose answers are known: what comes out of the engine can be compared with what they returned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

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


class Recurrent:
    """A temporal model as hard to interrupt as a diffusion model: every disparity depends on all frames of the shot so
    far, and the last `overlap` frames of each window come out with the next one.
    """

    device = "cpu"
    weights = "none"

    def __init__(
        self,
        window: int = 8,
        overlap: int = 3,
        before_frame: Callable[[int], None] | None = None,
        plan: ExecutionPlan = ExecutionPlan("fp32"),  # noqa: B008  frozen
    ) -> None:
        self.info = replace(Oracle(window=window).info, name="recurrent", title="Recurrent")
        self.plan = plan
        self.overlap = overlap
        self.before_frame = before_frame

    def open_shot(self, spec: ShotSpec) -> _Recurrence:
        return _Recurrence(self, spec)


class _Recurrence:
    def __init__(self, model: Recurrent, spec: ShotSpec) -> None:
        self._model = model
        self._windows = -(-spec.frame_count // (model.info.window - model.overlap))
        self._mean = np.full((spec.height // 2, spec.width // 2), spec.start, np.float32)
        self._held: list[Disparity] = []
        self._pushed = 0
        self._seams: list[list[float]] = []

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        finished: list[Disparity] = []
        for frame in frames:
            if self._model.before_frame:
                self._model.before_frame(frame.number)
            height, width = self._mean.shape
            seen = frame.rgb[: 2 * height : 2, : 2 * width : 2].mean(axis=2, dtype=np.float32)
            self._mean = (0.8 * self._mean + 0.01 * seen).astype(np.float32)
            self._held.append(self._mean)
            self._pushed += 1
            if len(self._held) == self._model.info.window:
                progress(WindowProgress(len(self._seams) + 1, self._windows))
                finished += self._complete(self._model.overlap)
        return finished

    def _complete(self, kept: int) -> list[Disparity]:
        self._seams.append([self._pushed - kept, self._pushed - 1, float(self._mean.mean())])
        finished, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
        return finished

    def finish(self, progress: Report) -> list[Disparity]:
        finished, self._held = self._held, []
        return finished

    def state(self) -> EstimatorState:
        held = np.stack(self._held) if self._held else np.zeros((0, *self._mean.shape), np.float32)
        returned = self._pushed - len(self._held)
        return EstimatorState(self._pushed, returned, {"seams": self._seams}, {"mean": self._mean, "held": held})

    def restore(self, state: EstimatorState) -> None:
        self._pushed = state.pushed
        self._seams = state.values["seams"]
        self._mean = state.arrays["mean"]
        self._held = list(state.arrays["held"])

    def report(self) -> tuple[WindowSeam, ...]:
        return tuple(WindowSeam(int(a), int(b), scale, 0.0, 0.0, 0.0, False) for a, b, scale in self._seams)


def make_job(folder: JobFolder, source: Source, **options: object) -> JobFolder:
    """Write job.json and return the folder."""
    folder.write_job(Job(source, "clip", Options(**options)))  # type: ignore[arg-type]
    return folder
