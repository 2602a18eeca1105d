# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs in the order in which they were asked for; one runs at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from .job import FollowedJob, State
from .locate import Engine, NoEngine

BUDGET_SECONDS = 0.03


class JobQueue:
    """All jobs that this session knows, oldest first: waiting, running and ended."""

    def __init__(self, find_engine: Callable[[], Engine | NoEngine]) -> None:
        self.jobs: list[FollowedJob] = []
        self._find_engine = find_engine

    def add(self, job: FollowedJob) -> None:
        self.jobs.append(job)

    def remove(self, job: FollowedJob) -> None:
        """Forget a job that has ended; its folder stays."""
        self.jobs.remove(job)

    def find(self, folder: Path) -> FollowedJob | None:
        return next((job for job in self.jobs if job.folder.path == folder), None)

    @property
    def active(self) -> bool:
        """Whether anything is left to do."""
        return any(not job.ended for job in self.jobs)

    def tick(self) -> None:
        """Advance what runs; when nothing does, begin the job that waits longest."""
        deadline = time.monotonic() + BUDGET_SECONDS
        for job in self.jobs:
            job.tick()
            if time.monotonic() > deadline:  # many finished jobs were found again: read their results by and by
                break
        waiting = next((job for job in self.jobs if job.state is State.WAITING), None)
        if waiting and not any(job.busy for job in self.jobs):
            waiting.begin(self._find_engine())
