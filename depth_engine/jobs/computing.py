# SPDX-License-Identifier: Apache-2.0
"""From a job to its result: from the beginning or a checkpoint, with less memory where it runs out."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from traceback import format_exception

from depth_engine import __version__
from depth_engine.contract import (
    DepthError,
    Execution,
    ExitCode,
    JobFolder,
    Manifest,
    Plan,
    Resumed,
    Started,
    WarningRaised,
)
from depth_engine.footage import choose_frames, open_footage
from depth_engine.inference.measuring import measure_if_worth_it
from depth_engine.inference.planner import choose_execution, guess_timing, make_plan, refuse, smaller_executions
from depth_engine.inference.runner import find_shots
from depth_engine.inference.runtimes import Run, choose_run
from depth_engine.inference.timings import Timing, remember
from depth_engine.jobs.checkpoint import Checkpoint, CheckpointFile
from depth_engine.jobs.estimating import Estimation, Task
from depth_engine.jobs.failures import is_out_of_memory
from depth_engine.jobs.identity import Identity, cannot_resume, identify, refuse_changes
from depth_engine.jobs.journal import Journal, log
from depth_engine.jobs.progress import JobProgress
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, Model
from depth_engine.outputs.layout import remove_outputs, remove_unfinished
from depth_engine.outputs.manifest import build_manifest
from depth_engine.outputs.seams import write_seam_picture
from depth_engine.runtimes import RuntimeUnavailable


class Computation:
    """Computes everything that a job folder asks for, but for manifest.json itself."""

    def __init__(self, folder: JobFolder, journal: Journal, progress: JobProgress, model: Model | None) -> None:
        """model: a loaded one to use instead of the job's own."""
        self._folder = folder
        self._journal = journal
        self._progress = progress
        self._model = model
        self._checkpoints = CheckpointFile(folder)
        self._at: Checkpoint | None = None
        self._estimation: Estimation | None = None
        self._started = time.monotonic()
        self._seconds_before = 0.0

    def check(self) -> None:
        """Raise the failure of a writer thread, if there is one."""
        if self._estimation:
            self._estimation.check()

    def run(self) -> Manifest:
        """Go on from the folder's checkpoint if it has one, else begin; returns the manifest, not yet written."""
        job = self._folder.read_job()
        log.info("depth-engine %s: %s", __version__, job)
        self._at = self._checkpoints.read()
        self._progress.phase("indexing")
        footage = open_footage(job.source)
        identity = identify(job, footage.facts)
        if self._at:
            self._take_up(self._at, identity)
        else:
            self._begin_anew()
        for warning in footage.warnings:
            self._journal.warn(warning)
        options = job.options
        numbers = choose_frames(footage, options.frames, options.step, options.fps)
        task = Task(self._folder, job, footage, numbers)
        self._progress.start(len(numbers))
        if self._model:
            self._tell_start(self._model.info.name, self._model.device, numbers)
            return self._compute(task, identity, self._model)
        return self._compute_with_own_model(task, identity)

    def _take_up(self, at: Checkpoint, identity: Identity) -> None:
        refuse_changes(at.identity, identity)
        remove_unfinished(self._folder.path, work=False)
        self._journal.warnings = list(at.warnings)
        self._seconds_before = at.seconds

    def _begin_anew(self) -> None:
        if remove_outputs(self._folder.path):
            message = "An earlier run of this job did not finish: it starts again with its first frame."
            self._journal.write(WarningRaised(message))

    def _compute_with_own_model(self, task: Task, identity: Identity) -> Manifest:
        """Load the job's model in the quickest way that fits, and in others when memory runs out or a runtime fails."""
        plan = self._plan(task)
        self._tell_start(plan.model.name, plan.model.device, task.numbers)
        executions = self._ways(task, plan)
        while True:
            try:
                return self._attempt(task, identity, plan, executions[0])
            except Exception as error:
                affected = self._next_frame(task.numbers)
                executions, reason = _left(executions, error)
                if not executions or affected is None:
                    raise
                log.warning("%s", "".join(format_exception(error)))  # as text: the traceback holds on to the model
            self._go_on(plan.model.device, affected, executions[0], reason)

    def _attempt(self, task: Task, identity: Identity, plan: Plan, execution: ExecutionPlan) -> Manifest:
        options = task.job.options
        weights = Path(options.weights) if options.weights else None
        model = registry.load(options.model, weights, plan.model.device, execution)
        loaded, missing = time.monotonic(), len(task.numbers) - (self._at.written.frames if self._at else 0)
        manifest = self._compute(task, identity, model)
        if missing:
            count = len(task.numbers)
            self._remember(guess_timing(options, task.footage.facts, count, model.device, execution), loaded, missing)
        return manifest

    def _plan(self, task: Task) -> Plan:
        """What is to do; raises the first reason why it cannot start."""
        options, facts, at = task.job.options, task.footage.facts, self._at
        run = None
        if at:
            self._refuse_missing_device(at)
            run = Run(at.device, at.plan.precision, at.plan.runtime)
        plan = make_plan(options, facts, task.numbers, self._folder.path, at.written.frames if at else 0, run)
        refuse(plan)
        return plan

    def _ways(self, task: Task, plan: Plan) -> tuple[ExecutionPlan, ...]:
        """The ways to run the model that may be tried: first the checkpoint's or the best."""
        options, facts, count, free = task.job.options, task.footage.facts, len(task.numbers), plan.memory_free_bytes
        self._progress.phase("loading")
        if self._at:
            first = self._at.plan
        else:
            measure_if_worth_it(
                options, task.footage, task.numbers, free, lambda _: self._progress.check(), self._journal.warn
            )
            run = choose_run(options, facts, count, count)
            first = choose_execution(options, facts, count, run.device, run.precision, free, run.runtime)
            if first.reduction:
                self._journal.warn(f"Memory is short, so the footage is {first.reduction}.")
        return first, *smaller_executions(options, facts, count, plan.model.device, first)

    def _refuse_missing_device(self, at: Checkpoint) -> None:
        from depth_engine.inference.device import devices  # torch takes seconds

        if at.device not in devices():
            raise DepthError(
                ExitCode.NO_DEVICE,
                f"The job was begun on {at.device}, which is not there any more.",
                "Make it available again, or begin anew: depth-engine run FOLDER --restart",
            )

    def _go_on(self, device: str, first: int, execution: ExecutionPlan, reason: str) -> None:
        """Let the model go that failed, and tell how it will run from frame `first` on."""
        from depth_engine.inference.device import release_memory

        self._estimation = None
        release_memory(device)
        self._progress.phase("loading")
        self._journal.warn(f"{reason}: from frame {first} on the model runs with {execution.describe()}.")

    def _compute(self, task: Task, identity: Identity, model: Model) -> Manifest:
        """Compute and write every frame that is missing; returns what has been made."""
        at = self._at = self._start_point(task, identity, model)
        self._progress.begin(len(at.shots), at.written.frames, at.written.finished)
        self._estimation = Estimation(task, model, at, self._progress, self._save)
        layout = self._estimation.run()
        at = self._at
        if at.seams:
            write_seam_picture(self._folder.path / layout.seam_picture, task.job.name, at.seams, at.ranges)
        return build_manifest(
            task.job,
            task.footage,
            model,
            layout,
            task.numbers,
            at.ranges,
            at.seams,
            at.executions,
            self._journal.warnings,
            self._seconds(),
        )

    def _start_point(self, task: Task, identity: Identity, model: Model) -> Checkpoint:
        """The last checkpoint, or the job's beginning, with this model from there on."""
        at = self._at
        if at is None:
            if task.job.options.shots == "auto":
                self._progress.phase("cuts")
            shots = find_shots(task.footage, task.numbers, task.job.options, self._progress.searched)
            starts = tuple(shot.start for shot in shots)
            at = Checkpoint(identity, model.weights, model.device, model.plan, starts, ())
        if at.weights != model.weights:
            raise cannot_resume("The weights of the model have changed.")
        if model is self._model and (at.device, at.plan) != (model.device, model.plan):
            raise cannot_resume("The model was loaded on another device or runs in another way.")
        if at.executions and at.plan == model.plan:
            return at
        first = self._next_frame(task.numbers) or task.numbers[-1]
        before = (execution for execution in at.executions if execution.first < first)
        return replace(at, plan=model.plan, executions=(*before, Execution(first, model.plan.describe())))

    def _save(self, checkpoint: Checkpoint) -> None:
        self._at = replace(checkpoint, warnings=tuple(self._journal.warnings), seconds=self._seconds())
        self._checkpoints.write(self._at)

    def _seconds(self) -> float:
        return self._seconds_before + time.monotonic() - self._started

    def _tell_start(self, model: str, device: str, numbers: Sequence[int]) -> None:
        self._journal.write(Started(__version__, os.getpid(), model, device, len(numbers)))
        if self._at:
            self._journal.write(Resumed(self._at.written.frames, self._next_frame(numbers)))

    def _next_frame(self, numbers: Sequence[int]) -> int | None:
        """The first frame that is not on disk; None once all are."""
        done = self._at.written.frames if self._at else 0
        return numbers[done] if done < len(numbers) else None

    def _remember(self, guess: Timing, loaded: float, frames: int) -> None:
        """Note this machine's speed for later plans. A note that cannot be kept is no reason to fail."""
        each = (time.monotonic() - loaded) / frames
        try:
            remember(replace(guess, seconds_per_frame=each, startup_seconds=loaded - self._started))
        except OSError as error:
            log.warning("The speed was not noted: %s", error)


def _left(executions: tuple[ExecutionPlan, ...], error: Exception) -> tuple[tuple[ExecutionPlan, ...], str]:
    """The ways that are left after the first one failed, none where no other would help, and what happened."""
    if isinstance(error, RuntimeUnavailable):
        return tuple(each for each in executions[1:] if each.runtime == "torch"), error.message.rstrip(".")
    return executions[1:] if is_out_of_memory(error) else (), "Memory ran out"
