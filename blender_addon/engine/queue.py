# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs in the order of their turns; one runs at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .job import ENDED, FollowedJob, State
from .locate import Engine, NoEngine

BUDGET_SECONDS = 0.03
QUEUED = frozenset({State.WAITING, State.PAUSED})
"""The states of jobs whose order may be changed."""


class JobQueue:
    """All jobs that this session knows: waiting ones in the order of their turns, running and ended ones.

    held: no waiting job begins; what runs goes on.
    """

    def __init__(self, find_engine: Callable[[], Engine | NoEngine]) -> None:
        self.jobs: list[FollowedJob] = []
        self.held = False
        self._find_engine = find_engine

    def add(self, job: FollowedJob, first: bool = False) -> None:
        """Behind all others, or in front of those that wait."""
        ahead = (number for number, other in enumerate(self.jobs) if first and other.state in QUEUED)
        self.jobs.insert(next(ahead, len(self.jobs)), job)

    def remove(self, job: FollowedJob) -> None:
        """Forget a job that does not run; its folder stays."""
        self.jobs.remove(job)

    def find(self, folder: Path) -> FollowedJob | None:
        return next((job for job in self.jobs if job.folder.path == folder), None)

    def neighbor(self, job: FollowedJob, step: int) -> FollowedJob | None:
        """The job that waits before (step -1) or after (1) a waiting one; None if there is none."""
        queued = [other for other in self.jobs if other.state in QUEUED]
        place = queued.index(job) + step if job in queued else -1
        return queued[place] if 0 <= place < len(queued) else None

    def move(self, job: FollowedJob, step: int) -> None:
        """Swap a waiting job with its neighbor, if it has one."""
        other = self.neighbor(job, step)
        if other:
            one, two = self.jobs.index(job), self.jobs.index(other)
            self.jobs[one], self.jobs[two] = other, job

    def arrange(self, folders: Sequence[Path]) -> None:
        """Bring the jobs of these folders into their order, behind all others."""
        places = {folder: number for number, folder in enumerate(folders)}
        self.jobs.sort(key=lambda job: places.get(job.folder.path, -1))

    @property
    def active(self) -> bool:
        """Whether anything is left to do."""
        idle = ENDED | (QUEUED if self.held else {State.PAUSED})
        return any(job.state not in idle or _lacks_preparation(job) for job in self.jobs)

    def tick(self) -> None:
        """Advance what runs; when nothing does, begin the job whose turn it is."""
        deadline = time.monotonic() + BUDGET_SECONDS
        for job in self.jobs:
            job.tick()
            if time.monotonic() > deadline:  # many finished jobs were found again: read their results by and by
                break
        unprepared = next(filter(_lacks_preparation, self.jobs), None)
        if unprepared:
            unprepared.prepare_ahead()
        waiting = next((job for job in self.jobs if job.state is State.WAITING), None)
        if waiting and not self.held and not any(job.busy for job in self.jobs):
            waiting.begin(self._find_engine())


def _lacks_preparation(job: FollowedJob) -> bool:
    return job.state in QUEUED and job.preparation is not None and job.preparation.pending
