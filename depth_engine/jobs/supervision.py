# SPDX-License-Identifier: Apache-2.0
"""How a run of a job folder, be it an estimate or a task, is begun and ended: once, and told by its last event."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TypeVar

from depth_engine.contract import Cancelled, DepthError, ExitCode, Failed, JobFolder, JobLock
from depth_engine.jobs.cancellation import Cancellation
from depth_engine.jobs.failures import as_depth_error
from depth_engine.jobs.journal import Journal, log
from depth_engine.models.base import Stop

LOCK_WAIT_SECONDS = 1.0
LAST_WORDS_SECONDS = 0.3

T = TypeVar("T")


@contextmanager
def locked(folder: JobFolder) -> Generator[None]:
    """Hold the job's lock. Raises DepthError BAD_JOB where there is no folder, JOB_BUSY where another run holds it."""
    if not folder.path.is_dir():
        raise DepthError(ExitCode.BAD_JOB, f"There is no job folder {folder.path}.", "Start a new job.")
    lock = JobLock(folder.lock_file)
    if not lock.acquire(LOCK_WAIT_SECONDS):
        raise DepthError(
            ExitCode.JOB_BUSY, f"The job in {folder.path} is running already.", "Wait for it, or cancel it first."
        )
    try:
        yield
    finally:
        lock.release()


class SupervisedRun(ABC):
    """One run, from its first event to its last."""

    def __init__(self, folder: JobFolder, journal: Journal) -> None:
        self._folder = folder
        self._journal = journal
        self._cancellation = Cancellation(folder.cancel_file)
        self._ending = False

    @property
    @abstractmethod
    def frames_done(self) -> int:
        """Frames that are complete, for the event that tells of a cancelled run."""

    @abstractmethod
    def tidy(self) -> None:
        """Leave whole files only; what a later run needs to go on stays."""

    def supervised(self, own_process: bool, work: Callable[[], T]) -> T:
        """Do the work, and whatever happens leave whole files only and one last event that says how it ended.

        `work` calls `claim_end` before what makes it a success.
        """
        with self._cancellation.watched(self._end_process if own_process else None):
            try:
                return work()
            except BaseException as error:
                failure = as_depth_error(error, self._folder.path)
                if failure.code is ExitCode.INTERNAL:
                    log.error(failure.message, exc_info=error)
                self.claim_end()
                self.tidy()
                self._tell_end(failure)
                raise failure from error

    def claim_end(self) -> None:
        """Be the one thread that ends the run. If the watcher was first, the process is gone in a moment."""
        if not self._ending and not self._journal.claim_end():
            threading.Event().wait()
        self._ending = True

    def _tell_end(self, failure: DepthError) -> None:
        self._cancellation.clear()
        event = (
            Cancelled(self.frames_done)
            if failure.code is ExitCode.CANCELLED
            else Failed(failure.code, failure.message, failure.hint)
        )
        with suppress(OSError):  # the disk may be full; the exit code says it too
            self._journal.write(event)

    def _end_process(self) -> None:
        """End the process from the watcher's thread, as the main thread did not come to a safe point in time."""
        if not self._journal.claim_end():
            return
        threading.Timer(LAST_WORDS_SECONDS, os._exit, [ExitCode.CANCELLED]).start()
        try:
            self.tidy()
            self._tell_end(as_depth_error(Stop(), self._folder.path))
        finally:
            os._exit(ExitCode.CANCELLED)
