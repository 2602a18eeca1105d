# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that is followed: from its wait in the queue to its result, by looking at its folder from time to time."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

from . import contract
from .death import death
from .locate import Engine, NoEngine
from .preparation import Preparation
from .process import EngineProcess, kill_group
from .state import BUSY, ENDED, Failure, Fix, Outcome, State, outcome_of
from .tail import EventTail
from .turn import Turn, keep_turn, read_turn

__all__ = ["BUSY", "ENDED", "Failure", "Fix", "FollowedJob", "Outcome", "Preparation", "State"]

KILL_AFTER_SECONDS = 5.0  # for an engine that did not stop by itself; it promises to within two
STARTING_SECONDS = 30.0  # an engine started by an earlier session of Blender takes its lock within this time
PROBE_SECONDS = 1.0  # between two looks at a lock


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
        self.resumable = False  # stopped, and the engine can go on from where it was
        self.note = ""  # what was changed to let it succeed, for the user
        self._command = Path()
        self._process: EngineProcess | None = None
        self._tail = EventTail(self.folder.events_file)
        self._error: contract.Failed | None = None
        self._cancelled_at: float | None = None
        self._probe_at = 0.0
        self._exited = False
        self._stopped = False
        self._turn = Turn.NONE

    @property
    def busy(self) -> bool:
        return self.state in BUSY

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def pausing(self) -> bool:
        """Whether the engine is being stopped for a pause."""
        return self.state is State.CANCELLING and self._turn is Turn.PAUSE

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
        if self.state in (State.WAITING, State.PAUSED, State.PREPARING):
            self._close_preparation()
            self.state = State.CANCELLED
            self._keep(Turn.CANCEL)
        else:
            self._stop_engine()

    def pause(self) -> None:
        """Let the jobs behind go first. A running engine is stopped as by `cancel`: its last checkpoint stands."""
        self._keep(Turn.PAUSE)
        if self.state in (State.WAITING, State.PREPARING):  # what is prepared so far stays
            self.state = State.PAUSED
        else:
            self._stop_engine()

    def resume(self) -> None:
        """Back into the queue after a pause, a failure or a cancel: the engine goes on from the last checkpoint, if
        there is one. A job that has ended must have been prepared.
        """
        self.state, self.failure = State.WAITING, None
        with suppress(OSError):  # left by an engine that had to be killed
            self.folder.cancel_file.unlink(missing_ok=True)
        self._keep(Turn.WAIT)

    def prepare_anew(self, preparation: Preparation) -> None:
        """As `restart`, after a preparation that changes job.json."""
        self.restart()
        self.preparation, self.prepared = preparation, False

    def restart(self) -> None:
        """As `resume`, but from the first frame. Raises OSError when the checkpoint cannot be removed."""
        if self.folder.checkpoint_file.exists():
            shutil.rmtree(self.folder.checkpoint_file.parent)
        self.resume()

    def fail(self, failure: Failure) -> None:
        """End the job without a result."""
        self._close_preparation()
        self._keep(Turn.NONE)
        self.failure, self.state = failure, State.FAILED

    def kill(self) -> None:
        """End the engine's process now; the next ticks find the job as it was left."""
        if self._process:
            self._process.kill()
        elif self.started and self._is_locked():  # the lock proves that the number is still this engine's
            kill_group(self.started.pid)

    # --- what happens ---

    def adopt(self, waits: bool = True) -> None:
        """Take up a folder as an earlier session left it: finished, still running, broken off, or in the queue.

        waits: a job that waits goes on waiting; otherwise it is paused.
        """
        self.prepared, self._turn = self.folder.job_file.exists(), read_turn(self.folder.path)
        fresh = not self.folder.log_file.exists() and not self.folder.manifest_file.exists()
        if not self.prepared:
            message = "Blender was closed before this job was prepared."
            self.fail(Failure(message, "Estimate the strip again.", Fix.ESTIMATE))
        elif self.folder.cancel_file.exists():
            self._cancelled_at = time.monotonic()
            self.state = State.CANCELLING
        elif self._turn is Turn.WAIT or (fresh and self._turn is Turn.NONE):
            self.state = State.WAITING if waits else State.PAUSED
        elif fresh:
            self.state = State.PAUSED if self._turn is Turn.PAUSE else State.CANCELLED
        else:
            self.state = State.RUNNING
        self.resumable = self._can_go_on()

    def tick(self) -> None:
        """Advance by a little; quick enough to be called many times a second."""
        if self.state is State.PREPARING:
            self._prepare()
        elif self.busy:
            self._follow()

    def prepare_ahead(self) -> None:
        """Advance a waiting job by what needs no turn, so that less of it depends on Blender staying open."""
        try:
            if self.preparation and self.preparation.ahead():
                self.prepared = True
                self._close_preparation()
                self._keep(Turn.WAIT)
        except contract.DepthError as error:
            self.fail(Failure(error.message, error.hint))
        except OSError as error:
            self.fail(_cannot_write(error, self.folder.path))

    def _prepare(self) -> None:
        try:
            more = self.preparation is not None and self.preparation.step()
        except contract.DepthError as error:
            self.fail(Failure(error.message, error.hint))
            return
        except OSError as error:
            self.fail(_cannot_write(error, self.folder.path))
            return
        if not more:
            self.prepared = True
            self._close_preparation()
            self._start()

    def _close_preparation(self) -> None:
        if self.preparation:
            self.preparation.close()
            self.preparation = None

    def _keep(self, turn: Turn) -> None:
        self._turn = turn
        keep_turn(self.folder.path, turn)

    def _stop_engine(self) -> None:
        if self.state is not State.RUNNING:
            return
        self._cancelled_at = time.monotonic()
        self.state = State.CANCELLING
        try:
            self.folder.request_cancel()
        except OSError:  # the folder is gone or read-only: nothing to ask through
            self.kill()

    def _start(self) -> None:
        self._tail = EventTail(self.folder.events_file)
        self._forget_run()
        self._keep(Turn.NONE)
        if self._is_locked():  # by an engine that another Blender, or somebody at a terminal, has started
            self._process, self.state = None, State.RUNNING
            return
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
        if self._process and self._process.exit_code == contract.ExitCode.JOB_BUSY:  # another one was quicker
            self._process, self._exited = None, False
            return
        self.resumable = self._can_go_on()
        try:
            manifest = self.folder.read_manifest()
        except contract.DepthError as error:
            self.fail(Failure(error.message, error.hint))
            return
        if manifest:
            self.outcome, self.state = outcome_of(manifest), State.DONE
            self._keep(Turn.NONE)
        elif self._stopped or self._cancelled_at is not None or (self._turn is Turn.PAUSE and not self._error):
            self.state = State.PAUSED if self._turn is Turn.PAUSE else State.CANCELLED
        elif self._error:
            fix = Fix.MEMORY if self._error.code == contract.ExitCode.OUT_OF_MEMORY else Fix.RESTART
            self.fail(Failure(self._error.message, self._error.hint, fix))
        else:
            self.fail(death(self._process.exit_code if self._process else None, self.folder.log_file))

    def _can_go_on(self) -> bool:
        return self.folder.checkpoint_file.exists() and not self.folder.manifest_file.exists()


def _cannot_write(error: OSError, folder: Path) -> Failure:
    return Failure(f"Cannot write {error.filename or folder}: {error.strerror}.")
