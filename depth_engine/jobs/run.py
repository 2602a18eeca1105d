# SPDX-License-Identifier: Apache-2.0
"""A job from its folder to its manifest."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator
from collections.abc import Sequence as Numbers
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import cast

from depth_engine import __version__
from depth_engine.contract import (
    Cancelled,
    DepthError,
    Done,
    ExitCode,
    Failed,
    Job,
    JobFolder,
    JobLock,
    Manifest,
    Options,
    Plan,
    PreviewReady,
    ShotRange,
    Started,
    to_json,
    write_text,
)
from depth_engine.footage import choose_frames, open_footage
from depth_engine.footage.frame import Footage
from depth_engine.inference.planner import choose_execution, make_plan, refuse
from depth_engine.inference.runner import Shot, estimate_shot, find_shots
from depth_engine.inference.timings import Timing, remember
from depth_engine.jobs.cancellation import Cancellation
from depth_engine.jobs.failures import as_depth_error
from depth_engine.jobs.journal import Journal, Sink, log
from depth_engine.jobs.progress import JobProgress
from depth_engine.models import registry
from depth_engine.models.base import Model, Precision, Stop
from depth_engine.outputs.layout import remove_outputs, remove_unfinished
from depth_engine.outputs.manifest import build_manifest
from depth_engine.outputs.writer import DepthWriter

LOCK_WAIT_SECONDS = 1.0
LAST_WORDS_SECONDS = 0.3


def run_job(
    folder: JobFolder, sink: Sink | None = None, model: Model | None = None, *, own_process: bool = False
) -> Manifest:
    """Run the job of this folder to its end and return its manifest.

    sink: gets every event as it is written. model: a loaded model to use instead of the job's own. own_process: this
    process is there for the job only, so signals cancel it and a cancelled job that does not stop soon ends it.

    Raises DepthError: JOB_BUSY, JOB_FINISHED, CANCELLED, or whatever went wrong; the last event says the same.
    """
    try:
        with _locked(folder), Journal(folder, sink) as journal:
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
            raise DepthError(
                ExitCode.JOB_FINISHED,
                f"The job in {folder.path} is finished.",
                "Choose another folder, or estimate again with --overwrite.",
            )
        yield
    finally:
        lock.release()


class _Run:
    """One run of a job, from its first event to its last."""

    def __init__(self, folder: JobFolder, journal: Journal, model: Model | None) -> None:
        self._folder = folder
        self._journal = journal
        self._model = model
        self._cancellation = Cancellation(folder.cancel_file)
        self._progress = JobProgress(journal.write, self._check)
        self._writer: DepthWriter | None = None
        self._ending = False
        self._started = time.monotonic()

    def supervised(self, own_process: bool) -> Manifest:
        """Run, and whatever happens leave whole files only and one last event that says how it ended."""
        with self._cancellation.watched(self._end_process if own_process else None):
            try:
                return self._run()
            except BaseException as error:
                failure = as_depth_error(error, self._folder.path)
                if failure.code is ExitCode.INTERNAL:
                    log.error(failure.message, exc_info=error)
                self._claim_end()
                self._tell_end(failure)
                raise failure from error

    def _run(self) -> Manifest:
        job = self._folder.read_job()
        options = job.options
        log.info("depth-engine %s: %s", __version__, job)
        if remove_outputs(self._folder.path):
            self._journal.warn("An earlier run of this job did not finish: it starts again with its first frame.")
        self._progress.phase("indexing")
        footage = open_footage(job.source)
        for warning in footage.warnings:
            self._journal.warn(warning)
        numbers = choose_frames(footage, options.frames, options.step, options.fps)
        if self._model:
            self._tell_start(self._model.info.name, self._model.device, numbers)
            return self._estimate(job, footage, numbers, self._model)
        plan = make_plan(options, footage.facts, numbers, self._folder.path)
        refuse(plan)
        self._tell_start(plan.model.name, plan.model.device, numbers)
        self._progress.phase("loading")
        weights = Path(options.weights) if options.weights else None
        device, precision = plan.model.device, cast(Precision, plan.model.precision)
        execution = choose_execution(options, footage.facts, len(numbers), device, precision, plan.memory_free_bytes)
        model = registry.load(options.model, weights, device, execution)
        loaded = time.monotonic()
        manifest = self._estimate(job, footage, numbers, model)
        self._remember(plan, loaded)
        return manifest

    def _estimate(self, job: Job, footage: Footage, numbers: Numbers[int], model: Model) -> Manifest:
        """Compute and write every frame, then the manifest."""
        self._writer = DepthWriter(self._folder.path, job, footage, numbers, model.info, self._progress.written)
        self._progress.start(len(numbers))
        if job.options.shots == "auto":
            self._progress.phase("cuts")
        shots = find_shots(footage, numbers, job.options, self._progress.searched)
        self._progress.begin(len(shots))
        with closing(self._writer):
            ranges = [self._estimate_shot(shot, job.options, footage, model, self._writer) for shot in shots]
            self._writer.finish()
        return self._complete(
            build_manifest(
                job,
                footage,
                model,
                self._writer.layout,
                numbers,
                ranges,
                self._journal.warnings,
                time.monotonic() - self._started,
            )
        )

    def _estimate_shot(
        self, shot: Shot, options: Options, footage: Footage, model: Model, writer: DepthWriter
    ) -> ShotRange:
        self._progress.shot(shot.index)
        self._progress.phase("estimating")
        with closing(estimate_shot(footage, shot, model, options, self._progress.window)) as results:
            for frame, disparity in results:
                self._check()
                writer.put(frame, disparity)
        writer.finish_frames()
        self._progress.phase("finishing")
        return writer.finish_shot(self._progress.finished)

    def _complete(self, manifest: Manifest) -> Manifest:
        self._check()
        self._progress.flush()
        self._claim_end()
        write_text(self._folder.manifest_file, to_json(manifest))
        self._cancellation.clear()
        if manifest.preview:
            self._journal.write(PreviewReady(manifest.preview))
        self._journal.write(Done(self._folder.manifest_file.name, manifest.seconds))
        return manifest

    def _remember(self, plan: Plan, loaded: float) -> None:
        """Note this machine's speed for later plans. A note that cannot be kept is no reason to fail."""
        pixels = plan.processed_width * plan.processed_height + plan.output_width * plan.output_height
        each = (time.monotonic() - loaded) / plan.frames
        model = plan.model
        try:
            remember(Timing(model.name, model.device, model.precision, pixels, each, loaded - self._started))
        except OSError as error:
            log.warning("The speed was not noted: %s", error)

    def _check(self) -> None:
        """Raise Stop once cancelled, or the failure of a writer thread: called between all steps."""
        self._cancellation.check()
        if self._writer:
            self._writer.check()

    def _tell_start(self, model: str, device: str, numbers: Numbers[int]) -> None:
        self._journal.write(Started(__version__, os.getpid(), model, device, len(numbers)))

    def _tell_end(self, failure: DepthError) -> None:
        self._cancellation.clear()
        event = (
            Cancelled(self._progress.frames_done)
            if failure.code is ExitCode.CANCELLED
            else Failed(failure.code, failure.message, failure.hint)
        )
        with suppress(OSError):  # the disk may be full; the exit code says it too
            self._journal.write(event)

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
            remove_unfinished(self._folder.path)
            self._tell_end(as_depth_error(Stop(), self._folder.path))
        finally:
            os._exit(ExitCode.CANCELLED)
