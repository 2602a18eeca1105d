# SPDX-License-Identifier: Apache-2.0
"""One run of a task: its folder, its events, and the answer that makes it a success."""

from __future__ import annotations

import importlib
import os
import secrets
import time
from pathlib import Path
from typing import Any, cast

from depth_engine import __version__
from depth_engine.contract import (
    Answer,
    Done,
    JobFolder,
    PhaseChanged,
    Progress,
    Task,
    TaskKind,
    TaskStarted,
    to_json,
    write_text,
)
from depth_engine.jobs.failures import as_depth_error
from depth_engine.jobs.journal import Journal, Sink
from depth_engine.jobs.supervision import SupervisedRun, locked
from depth_engine.tasks.result import ResultFolder

EVERY_SECONDS = 0.2


def new_task_folder(result: Path, kind: TaskKind) -> JobFolder:
    """A folder for a task on this result; nothing is made yet."""
    return JobFolder(result / "tasks" / f"{kind}-{secrets.token_hex(4)}")


def run_task(folder: JobFolder, sink: Sink | None = None, *, own_process: bool = False) -> Answer:
    """Run the task of this folder and return its answer; a task that was run before is run anew.

    sink: gets every event as it is written. own_process: this process is there for the task only.
    Raises DepthError: JOB_BUSY, CANCELLED, or whatever went wrong; the last event says the same.
    """
    try:
        with locked(folder), Journal(folder, sink) as journal:
            run = _Run(folder, journal, folder.read_task())
            return run.supervised(own_process, run.run)
    except Exception as error:
        raise as_depth_error(error, folder.path) from error


class _Run(SupervisedRun):
    """One run of a task. Its module writes whole files only, so there is nothing to tidy."""

    def __init__(self, folder: JobFolder, journal: Journal, task: Task) -> None:
        super().__init__(folder, journal)
        self._task = task
        self._done = 0
        self._told_at = 0.0

    @property
    def frames_done(self) -> int:
        return self._done

    def tidy(self) -> None:
        pass

    def run(self) -> Answer:
        """Work; the answer is what makes it a success."""
        started = time.monotonic()
        self._folder.answer_file.unlink(missing_ok=True)
        self._journal.write(TaskStarted(__version__, os.getpid(), self._task.kind))
        self._journal.write(PhaseChanged("task"))
        module = cast(Any, importlib.import_module(f"depth_engine.tasks.{self._task.kind}"))
        answer = cast(Answer, module.run(self._task, ResultFolder.open(Path(self._task.result)), self._progress))
        self._cancellation.check()
        self.claim_end()
        write_text(self._folder.answer_file, to_json(answer))
        self._cancellation.clear()
        self._journal.write(Done(self._folder.answer_file.name, time.monotonic() - started))
        return answer

    def _progress(self, done: int, total: int) -> None:
        """Tell how many frames are done; raises Stop once cancelled."""
        self._cancellation.check()
        self._done = done
        if done == total or time.monotonic() - self._told_at >= EVERY_SECONDS:
            self._told_at = time.monotonic()
            self._journal.write(Progress("task", done, total))
