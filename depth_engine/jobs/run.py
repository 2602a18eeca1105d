# SPDX-License-Identifier: Apache-2.0
"""One run of an estimate: what it leaves, and what makes it a success."""

from __future__ import annotations

from contextlib import suppress

from depth_engine.contract import DepthError, Done, ExitCode, JobFolder, Manifest, PreviewReady, to_json, write_text
from depth_engine.jobs.checkpoint import CheckpointFile
from depth_engine.jobs.computing import Computation
from depth_engine.jobs.failures import as_depth_error
from depth_engine.jobs.journal import Journal, Sink
from depth_engine.jobs.progress import JobProgress
from depth_engine.jobs.supervision import SupervisedRun, locked
from depth_engine.models.base import Model
from depth_engine.outputs.layout import remove_unfinished


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
        with locked(folder):
            _refuse_finished(folder)
            with Journal(folder, sink) as journal:
                if restart:
                    CheckpointFile(folder).remove()
                run = _Run(folder, journal, model)
                return run.supervised(own_process, run.run)
    except Exception as error:
        raise as_depth_error(error, folder.path) from error


def _refuse_finished(folder: JobFolder) -> None:
    """What is finished stays untouched."""
    if folder.manifest_file.exists():
        _forget_progress(folder)  # the run that finished it may have been killed before it could
        raise DepthError(
            ExitCode.JOB_FINISHED,
            f"The job in {folder.path} is finished.",
            "Choose another folder, or estimate again with --overwrite.",
        )


def _forget_progress(folder: JobFolder) -> None:
    """Take away what only an unfinished job needs."""
    with suppress(OSError):  # the result counts
        CheckpointFile(folder).remove()
        remove_unfinished(folder.path, work=True)


class _Run(SupervisedRun):
    """One run of an estimate."""

    def __init__(self, folder: JobFolder, journal: Journal, model: Model | None) -> None:
        super().__init__(folder, journal)
        self._progress = JobProgress(journal.write, self._check)
        self._computation = Computation(folder, journal, self._progress, model)

    @property
    def frames_done(self) -> int:
        return self._progress.frames_done

    def tidy(self) -> None:
        with suppress(OSError):  # the disk may be gone
            remove_unfinished(self._folder.path, work=not CheckpointFile(self._folder).exists())

    def run(self) -> Manifest:
        """Estimate; the manifest is what makes it a success."""
        manifest = self._computation.run()
        self._check()
        self._progress.flush()
        self.claim_end()
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
