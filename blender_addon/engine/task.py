# SPDX-License-Identifier: GPL-3.0-or-later
"""A task: work of the engine on a finished result, in a job folder of its own inside it."""

from __future__ import annotations

import secrets
import shutil
import time
from pathlib import Path

from . import contract
from .job import ENDED, KILL_AFTER_SECONDS, State
from .process import EngineProcess
from .query import exit_code_of, explain
from .tail import EventTail


class Task:
    """One task, started at once. `tick` finds out what happened; the attributes tell it.

    Its folder goes with its end: what a task leaves for good lies in the result itself.
    """

    def __init__(self, command: Path, request: contract.Task) -> None:
        self.request = request
        self.state = State.RUNNING
        self.progress: contract.Progress | None = None
        self.answer: contract.Answer | None = None
        self.error: contract.DepthError | None = None
        self._cancelled_at: float | None = None
        self._process: EngineProcess | None = None
        parent = Path(request.result) / "tasks"
        self.folder = contract.JobFolder(parent / f"{request.kind}-{secrets.token_hex(4)}")
        self._tail = EventTail(self.folder.events_file)
        try:
            self.folder.write_job(request)
            self._process = EngineProcess([command, "run", self.folder.path], self.folder.log_file)
        except OSError as error:
            message = f"Cannot start this in {request.result}: {error.strerror}."
            self._end(State.FAILED, contract.DepthError(contract.ExitCode.NOT_WRITABLE, message, str(command)))

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def tick(self) -> None:
        """Advance by a little; quick enough to be called many times a second."""
        if self._process is None or self.ended:
            return
        exit_code = self._process.exit_code
        events, at_end = self._tail.read()  # after asking for the exit, so what it said before its end is read
        for event in events:
            self._take(event)
        if exit_code is not None and at_end:
            self._conclude(exit_code)
        elif self._cancelled_at is not None and time.monotonic() - self._cancelled_at > KILL_AFTER_SECONDS:
            self._process.kill()

    def cancel(self) -> None:
        """Ask the engine to stop; it is killed if it does not listen."""
        if self.state is State.RUNNING:
            self.state, self._cancelled_at = State.CANCELLING, time.monotonic()
            try:
                self.folder.request_cancel()
            except OSError:  # the folder is gone: nothing to ask through
                self.close()

    def close(self) -> None:
        """Stop now: the add-on is being disabled."""
        if self._process and not self.ended:
            self._process.kill()
            self._end(State.CANCELLED)

    def _take(self, event: contract.Event) -> None:
        match event:
            case contract.Progress():
                self.progress = event
            case contract.Failed():
                self.error = contract.DepthError(exit_code_of(event.code), event.message, event.hint)
            case _:
                pass

    def _conclude(self, exit_code: int) -> None:
        """The engine has ended: the answer alone decides whether it succeeded."""
        try:
            self.answer = self.folder.read_answer()
        except contract.DepthError as error:
            self._end(State.FAILED, error)
            return
        if self.answer is not None:
            self._end(State.DONE)
        elif self._cancelled_at is not None:
            self._end(State.CANCELLED)
        else:
            self._end(State.FAILED, self.error or explain("", self.folder.log_file, exit_code))

    def _end(self, state: State, error: contract.DepthError | None = None) -> None:
        self.state, self.error = state, error
        shutil.rmtree(self.folder.path, ignore_errors=True)
