# SPDX-License-Identifier: Apache-2.0
"""One run of a job folder: who may run it, how it ends, and what it leaves."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from depth_engine.contract import (
    Cancelled,
    DepthError,
    Done,
    ExitCode,
    Failed,
    JobFolder,
    JobLock,
    Manifest,
    PreviewReady,
    to_json,
    write_text,
)
from depth_engine.jobs.cancellation import Cancellation
from depth_engine.jobs.checkpoint import CheckpointFile
from depth_engine.jobs.computing import Computation
from depth_engine.jobs.failures import as_depth_error
from depth_engine.jobs.journal import Journal, Sink, log
from depth_engine.jobs.progress import JobProgress
from depth_engine.models.base import Model, Stop
from depth_engine.outputs.layout import remove_unfinished

LOCK_WAIT_SECONDS = 1.0
LAST_WORDS_SECONDS = 0.3


def run_job(
    folder: JobFolder,
    sink: Sink | None = None,
    model: Model | None = None,
    *,
    own_process: bool = False,
    restart: bool = False,
) -> Manifest:
    """Run the job of this folder to its end and return its manifest. It goes on from its checkpoint if it has one.

    sink: gets every event as it is written. model: a loaded model to use instead of the job's own. own_process: this
    process is there for the job only, so signals cancel it and a cancelled job that does not stop soon ends it.
    restart: begin anew, whatever an earlier run has left.

    Raises DepthError: JOB_BUSY, JOB_FINISHED, CANNOT_RESUME, CANCELLED, or whatever went wrong; the last event says the
    same.
    """
    try:
        with _locked(folder), Journal(folder, sink) as journal:
            if restart:
                CheckpointFile(folder).remove()
            return _Run(folder, journal, model).supervised(own_process)
    except Exception as error:
        raise as_depth_error(error, folder.path) from error


@contextmanager
def _locked(folder: JobFolder) -> Generator[None]:
    """Hold the job's lock; what is finished or running is refused untouched."""
    if not folder.path.is_dir():
        raise DepthError(ExitCode.BAD_JOB, f"There is no job folder {folder.path}.", "Start a new job.")
    lock = JobLock(folder.lock_file)
    if not lock.acquire(LOCK_WAIT_SECONDS):
        raise DepthError(
            ExitCode.JOB_BUSY, f"The job in {folder.path} is running already.", "Wait for it, or cancel it first."
        )
    try:
        if folder.manifest_file.exists():
            _forget_progress(folder)  # the run that finished it may have been killed before it could
            raise DepthError(
                ExitCode.JOB_FINISHED,
                f"The job in {folder.path} is finished.",
                "Choose another folder, or estimate again with --overwrite.",
            )
        yield
    finally:
        lock.release()


def _forget_progress(folder: JobFolder) -> None:
    """Take away what only an unfinished job needs."""
    with suppress(OSError):  # the result counts
        CheckpointFile(folder).remove()
        remove_unfinished(folder.path, work=True)


class _Run:
    """One run of a job, from its first event to its last."""

    def __init__(self, folder: JobFolder, journal: Journal, model: Model | None) -> None:
        self._folder = folder
        self._journal = journal
        self._cancellation = Cancellation(folder.cancel_file)
        self._progress = JobProgress(journal.write, self._check)
        self._computation = Computation(folder, journal, self._progress, model)
        self._ending = False

    def supervised(self, own_process: bool) -> Manifest:
        """Run, and whatever happens leave whole files only and one last event that says how it ended."""
        with self._cancellation.watched(self._end_process if own_process else None):
            try:
                return self._complete(self._computation.run())
            except BaseException as error:
                failure = as_depth_error(error, self._folder.path)
                if failure.code is ExitCode.INTERNAL:
                    log.error(failure.message, exc_info=error)
                self._claim_end()
                self._tidy()
                self._tell_end(failure)
                raise failure from error

    def _complete(self, manifest: Manifest) -> Manifest:
        self._check()
        self._progress.flush()
        self._claim_end()
        write_text(self._folder.manifest_file, to_json(manifest))
        self._cancellation.clear()
        _forget_progress(self._folder)
        if manifest.preview:
            self._journal.write(PreviewReady(manifest.preview))
        self._journal.write(Done(self._folder.manifest_file.name, manifest.seconds))
        return manifest

    def _check(self) -> None:
        """Raise Stop once cancelled, or the failure of a writer thread: called between all steps."""
        self._cancellation.check()
        self._computation.check()

    def _tell_end(self, failure: DepthError) -> None:
        self._cancellation.clear()
        event = (
            Cancelled(self._progress.frames_done)
            if failure.code is ExitCode.CANCELLED
            else Failed(failure.code, failure.message, failure.hint)
        )
        with suppress(OSError):  # the disk may be full; the exit code says it too
            self._journal.write(event)

    def _tidy(self) -> None:
        """Leave whole files only; what a later run needs to go on stays."""
        with suppress(OSError):  # the disk may be gone
            remove_unfinished(self._folder.path, work=not CheckpointFile(self._folder).exists())

    def _claim_end(self) -> None:
        """Be the one thread that ends the run. If the watcher was first, the process is gone in a moment."""
        if not self._ending and not self._journal.claim_end():
            threading.Event().wait()
        self._ending = True

    def _end_process(self) -> None:
        """End the process from the watcher's thread, as the main thread did not come to a safe point in time."""
        if not self._journal.claim_end():
            return
        threading.Timer(LAST_WORDS_SECONDS, os._exit, [ExitCode.CANCELLED]).start()
        try:
            self._tidy()
            self._tell_end(as_depth_error(Stop(), self._folder.path))
        finally:
            os._exit(ExitCode.CANCELLED)
