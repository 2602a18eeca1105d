# SPDX-License-Identifier: Apache-2.0
"""A job's frames, shot by shot, from a checkpoint to the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from depth_engine.contract import Job, JobFolder, Seam
from depth_engine.footage.frame import Footage
from depth_engine.inference.runner import BATCH, Shot, estimate_shot, shot_spec, split_shots
from depth_engine.inference.stabilise import open_shot
from depth_engine.jobs.checkpoint import Checkpoint
from depth_engine.jobs.identity import cannot_resume
from depth_engine.jobs.progress import JobProgress
from depth_engine.models.base import Model, WindowSeam
from depth_engine.outputs.layout import Layout
from depth_engine.outputs.writer import DepthWriter

CHECKPOINT_FRAMES = 32
CHECKPOINT_SECONDS = 10.0
"""At most so much is computed again of a model that gives each frame at once; one of windows loses none."""
CHECKPOINT_SHARE = 20
"""A checkpoint that takes long, as a stream's, is made after so many times as long: it may take 5 % of the time."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a run computes: these frames of the footage, for the job of a folder."""

    folder: JobFolder
    job: Job
    footage: Footage
    numbers: Sequence[int]


class Estimation:
    """Takes a job from a checkpoint to its end with one loaded model, and saves checkpoints on the way."""

    def __init__(
        self, task: Task, model: Model, at: Checkpoint, progress: JobProgress, save: Callable[[Checkpoint], None]
    ) -> None:
        """save: called with each new checkpoint, when everything that it counts as written is on disk.

        Raises DepthError CANNOT_RESUME where a file of the frames before the checkpoint is missing.
        """
        self._task = task
        self._model = model
        self._at = at
        self._progress = progress
        self._save_checkpoint = save
        self._saved = time.monotonic()
        self._saving = 0.0
        self._window = 1 if task.job.options.streaming else model.info.window
        self._writer = DepthWriter(
            task.folder.path, task.job, task.footage, task.numbers, model.info, progress.written, at.written
        )

    def check(self) -> None:
        """Raise the failure of a writer thread, if there is one."""
        self._writer.check()

    def run(self) -> Layout:
        """Compute and write every frame that is missing, and what is made of them; returns where the files lie."""
        with closing(self._writer):
            self._refuse_missing_files()
            for shot in split_shots(self._task.numbers, self._at.shots)[len(self._at.ranges) :]:
                self._progress.shot(shot.index, self._window)
                if self._at.written.frames < shot.start + len(shot.numbers):
                    self._estimate(shot)
                self._finish(shot)
            self._writer.finish(self._at.ranges)
        return self._writer.layout

    def _refuse_missing_files(self) -> None:
        for path in self._writer.files(self._at.ranges):
            if not path.exists() or not path.stat().st_size:
                raise cannot_resume(f"its file {path} is missing.")

    def _estimate(self, shot: Shot) -> None:
        self._progress.phase("estimating")
        footage, options = self._task.footage, self._task.job.options
        spec = shot_spec(footage.facts, len(shot.numbers), options, shot.start)
        estimator = open_shot(self._model, self._model.plan.fitted(spec))
        state = self._at.estimator
        if state:
            estimator.restore(state)
        done, returned = (state.pushed, state.returned) if state else (0, 0)
        with closing(
            estimate_shot(footage, shot, estimator, self._window, self._progress.window, done, returned)
        ) as returns:
            for results in returns:
                for frame, disparity in results:
                    self._progress.check()
                    self._writer.put(frame, disparity)
                    returned += 1
                if returned < len(shot.numbers) and self._is_due(shot.start + returned):
                    self._save(estimator=estimator.state())
        seams = tuple(_seam(shot, seam) for seam in estimator.report())
        self._save(estimator=None, seams=(*self._at.seams, *seams))

    def _finish(self, shot: Shot) -> None:
        self._progress.phase("finishing")
        found = self._writer.finish_shot(self._progress.finished)
        self._save(ranges=(*self._at.ranges, found))
        self._writer.forget_shot(shot.numbers)

    def _is_due(self, frames: int) -> bool:
        """Whether to save a checkpoint now that this many frames of the job have come out."""
        since = frames - self._at.written.frames
        if self._window > BATCH:
            return since > 0
        waited, least = time.monotonic() - self._saved, CHECKPOINT_SHARE * self._saving
        if least < CHECKPOINT_SECONDS:
            return since >= CHECKPOINT_FRAMES or waited >= CHECKPOINT_SECONDS
        return waited >= least

    def _save(self, **changes: Any) -> None:
        self._writer.finish_frames()
        self._at = replace(self._at, written=self._writer.state, **changes)
        started = time.monotonic()
        self._save_checkpoint(self._at)
        self._saved = time.monotonic()
        self._saving = self._saved - started


def _seam(shot: Shot, seam: WindowSeam) -> Seam:
    return Seam(
        shot.numbers[seam.first],
        shot.numbers[seam.last],
        seam.scale,
        seam.shift,
        seam.residual,
        seam.aligned_residual,
        seam.applied,
    )
