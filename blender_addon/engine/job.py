# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that is followed: from its wait in the queue to its result, by looking at its folder from time to time."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from . import contract
from .locate import Engine, NoEngine
from .process import EngineProcess, kill_group
from .tail import EventTail

KILL_AFTER_SECONDS = 5.0  # for an engine that did not stop by itself; it promises to within two
STARTING_SECONDS = 30.0  # an engine started by an earlier session of Blender takes its lock within this time
PROBE_SECONDS = 1.0  # between two looks at a lock
LOG_TAIL_BYTES = 4000


class State(StrEnum):
    WAITING = "waiting"
    PREPARING = "preparing"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


BUSY = frozenset({State.PREPARING, State.RUNNING, State.CANCELLING})
ENDED = frozenset({State.DONE, State.CANCELLED, State.FAILED})


class Fix(StrEnum):
    """What the user can do about a failure with one press."""

    NONE = ""
    ENGINE = "engine"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Failure:
    message: str
    hint: str = ""
    fix: Fix = Fix.NONE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the list of results tells about a finished job. size: of the depth, in pixels."""

    frames: int
    size: tuple[int, int]
    model: str
    licence: str
    commercial_use: bool
    has_preview: bool
    warnings: tuple[str, ...]
    seams: int = 0
    seams_aligned: int = 0


class Preparation(Protocol):
    """What must happen before the engine can start, in steps short enough not to be felt in Blender's window."""

    @property
    def title(self) -> str: ...

    @property
    def done(self) -> int: ...

    @property
    def total(self) -> int:
        """0 while it cannot be told."""
        ...

    def step(self) -> bool:
        """Do a little; True while more remains. When nothing remains, job.json is written. Raises DepthError."""
        ...

    def close(self) -> None:
        """Leave nothing behind; called after the last step or in place of it."""
        ...


class FollowedJob:
    """One job folder. `tick` finds out what happened; the attributes tell it."""

    def __init__(self, path: Path, name: str, preparation: Preparation | None = None) -> None:
        self.folder = contract.JobFolder(path)
        self.name = name
        self.preparation = preparation
        self.prepared = preparation is None  # job.json is there
        self.state = State.WAITING
        self.phase: contract.Phase = "loading"
        self.progress: contract.Progress | None = None
        self.started: contract.Started | None = None
        self.failure: Failure | None = None
        self.outcome: Outcome | None = None
        self.resumable = False  # ended, and the engine can go on from where it was
        self._command = Path()
        self._process: EngineProcess | None = None
        self._tail = EventTail(self.folder.events_file)
        self._error: contract.Failed | None = None
        self._cancelled_at: float | None = None
        self._probe_at = 0.0
        self._exited = False
        self._stopped = False

    @property
    def busy(self) -> bool:
        return self.state in BUSY

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    # --- what the user does ---

    def begin(self, engine: Engine | NoEngine) -> None:
        """Leave the queue: prepare what has to be prepared, then start the engine."""
        if isinstance(engine, NoEngine):
            self.fail(Failure(engine.reason, engine.hint, Fix.ENGINE))
            return
        self._command = engine.command
        self.state = State.PREPARING
        if self.preparation is None:
            self._start()

    def cancel(self) -> None:
        """Stop: at once while nothing runs, else by asking the engine, which is killed if it does not listen."""
        if self.state in (State.WAITING, State.PREPARING):
            self._close_preparation()
            self.state = State.CANCELLED
        elif self.state is State.RUNNING:
            self._cancelled_at = time.monotonic()
            self.state = State.CANCELLING
            try:
                self.folder.request_cancel()
            except OSError:  # the folder is gone or read-only: nothing to ask through
                self.kill()

    def resume(self) -> None:
        """Back into the queue after a failure or a cancel: the engine goes on from the last checkpoint, if there is
        one. The job must have been prepared.
        """
        self.state, self.failure, self.preparation = State.WAITING, None, None

    def restart(self) -> None:
        """As `resume`, but from the first frame. Raises OSError when the checkpoint cannot be removed."""
        if self.folder.checkpoint_file.exists():
            shutil.rmtree(self.folder.checkpoint_file.parent)
        self.resume()

    def fail(self, failure: Failure) -> None:
        """End the job without a result."""
        self._close_preparation()
        self.failure, self.state = failure, State.FAILED

    def kill(self) -> None:
        """End the engine's process now; the next ticks find the job as it was left."""
        if self._process:
            self._process.kill()
        elif self.started and self._is_locked():  # the lock proves that the number is still this engine's
            kill_group(self.started.pid)

    # --- what happens ---

    def adopt(self) -> None:
        """Take up a folder as an earlier session left it: finished, still running, or broken off."""
        self.prepared = self.folder.job_file.exists()
        if not self.prepared:
            self.fail(
                Failure("Blender was closed before the strip's frames were rendered.", "Estimate the strip again.")
            )
        elif not self.folder.log_file.exists() and not self.folder.manifest_file.exists():
            self.fail(Failure("Blender was closed before it was this job's turn.", "", Fix.RESTART))
        elif self.folder.cancel_file.exists():
            self._cancelled_at = time.monotonic()
            self.state = State.CANCELLING
        else:
            self.state = State.RUNNING

    def tick(self) -> None:
        """Advance by a little; quick enough to be called many times a second."""
        if self.state is State.PREPARING:
            self._prepare()
        elif self.busy:
            self._follow()

    def _prepare(self) -> None:
        try:
            more = self.preparation is not None and self.preparation.step()
        except contract.DepthError as error:
            self.fail(Failure(error.message, error.hint))
            return
        except OSError as error:
            self.fail(Failure(f"Cannot write {error.filename or self.folder.path}: {error.strerror}."))
            return
        if not more:
            self.prepared = True
            self._close_preparation()
            self._start()

    def _close_preparation(self) -> None:
        if self.preparation:
            self.preparation.close()
            self.preparation = None

    def _start(self) -> None:
        self._tail = EventTail(self.folder.events_file)
        self._forget_run()
        try:
            self.folder.events_file.unlink(missing_ok=True)
            self.folder.cancel_file.unlink(missing_ok=True)
            self._process = EngineProcess([self._command, "run", self.folder.path], self.folder.log_file)
        except OSError as error:
            self.fail(Failure(f"The engine could not be started: {error.strerror}.", str(self._command), Fix.ENGINE))
            return
        self.state = State.RUNNING

    def _forget_run(self) -> None:
        self.phase, self.progress, self.started = "loading", None, None
        self._error, self._cancelled_at, self._stopped, self._exited = None, None, False, False

    def _follow(self) -> None:
        self._exited = self._exited or self._has_exited()
        if self._exited and self.folder.manifest_file.exists():  # nothing that the events tell matters any more
            self._conclude()
            return
        events, at_end = self._tail.read()  # after asking for the exit, so what it said before its end is read
        for event in events:
            self._take(event)
        if self._exited and at_end:
            self._conclude()
        elif self._cancelled_at is not None and time.monotonic() - self._cancelled_at > KILL_AFTER_SECONDS:
            self.kill()

    def _has_exited(self) -> bool:
        if self._process:
            return self._process.exit_code is not None
        now = time.monotonic()
        if now < self._probe_at:
            return False
        self._probe_at = now + PROBE_SECONDS
        return not self._is_locked() and (self._told_its_end() or not self._may_be_starting())

    def _is_locked(self) -> bool:
        try:
            return self.folder.is_running()
        except OSError:  # a result that may only be read: nobody works on it
            return False

    def _told_its_end(self) -> bool:
        return self._stopped or self._error is not None or self.folder.manifest_file.exists()

    def _may_be_starting(self) -> bool:
        """Whether an engine was started so lately that it may not have taken its lock yet."""
        try:
            return self.started is None and time.time() - self.folder.log_file.stat().st_mtime < STARTING_SECONDS
        except OSError:
            return False

    def _take(self, event: contract.Event) -> None:
        match event:
            case contract.Started():
                self.started = event
            case contract.PhaseChanged():
                self.phase = event.phase
            case contract.Progress():
                self.phase, self.progress = event.phase, event
            case contract.Failed():
                self._error = event
            case contract.Cancelled():
                self._stopped = True
            case _:  # frames, previews and warnings: the manifest tells them again
                pass

    def _conclude(self) -> None:
        """The engine has ended: the manifest alone decides whether it succeeded."""
        self.resumable = self.folder.checkpoint_file.exists() and not self.folder.manifest_file.exists()
        try:
            manifest = self.folder.read_manifest()
        except contract.DepthError as error:
            self.fail(Failure(error.message, error.hint))
            return
        if manifest:
            self.outcome, self.state = _outcome(manifest), State.DONE
        elif self._stopped or self._cancelled_at is not None:
            self.state = State.CANCELLED
        elif self._error:
            self.fail(Failure(self._error.message, self._error.hint, Fix.RESTART))
        else:
            self.fail(self._died())

    def _died(self) -> Failure:
        code = self._process.exit_code if self._process else None
        if code is not None and code < 0:
            hint = "Often too little memory: choose a smaller size, close other programs, then start again."
            return Failure(f"The engine was stopped from outside (signal {-code}).", hint, Fix.RESTART)
        if code is None:
            hint = "It was stopped from outside, or the computer was switched off."
            return Failure("The engine ended without a result while Blender did not watch it.", hint, Fix.RESTART)
        said = self.log_tail()
        hint = said[-1] if said else "See engine.log in the job's folder."
        return Failure(f"The engine stopped before it was finished (code {code}).", hint, Fix.RESTART)

    def log_tail(self) -> list[str]:
        """The last lines of what the engine printed."""
        try:
            with self.folder.log_file.open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - LOG_TAIL_BYTES))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return []
        return [line for line in text.splitlines() if line.strip()]


def _outcome(manifest: contract.Manifest) -> Outcome:
    size = next(iter(manifest.depth.values()), manifest.proxy_depth)
    return Outcome(
        frames=len(manifest.frames),
        size=(size.width, size.height),
        model=manifest.model.title,
        licence=manifest.model.licence,
        commercial_use=manifest.model.commercial_use,
        has_preview=manifest.preview is not None,
        warnings=manifest.warnings,
        seams=len(manifest.seams),
        seams_aligned=sum(seam.applied for seam in manifest.seams),
    )
