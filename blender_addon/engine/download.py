# SPDX-License-Identifier: GPL-3.0-or-later
"""A download of a model's weights: the engine does it in a process of its own, and tells how far it is."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import contract
from .job import ENDED, State
from .process import EngineProcess
from .query import explain, new_folder
from .tail import EventTail


class Download:
    """One download, begun after the user has accepted the licence. `tick` finds out what happened.

    What came before a cancel or a failure is kept by the engine: the next download of the model goes on from there.
    """

    def __init__(self, command: Path, model: str) -> None:
        self.model = model
        self.state = State.RUNNING
        self.progress: contract.Download | None = None
        self.error: contract.DepthError | None = None
        self._folder = new_folder()
        self._tail = EventTail(self._output)
        self._process: EngineProcess | None = None
        arguments = [command, "models", "fetch", model, "--accept-licence", "--json"]
        try:
            self._process = EngineProcess(arguments, self._output, self._errors)
        except OSError as error:
            message = f"Cannot start {command}: {error.strerror}."
            self._end(State.FAILED, contract.DepthError(contract.ExitCode.INTERNAL, message, "Press Check Engine."))

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
            if isinstance(event, contract.Download):
                self.progress = event
        if exit_code == contract.ExitCode.OK:
            self._end(State.DONE)
        elif exit_code is not None and at_end:
            output = self._output.read_text(encoding="utf-8", errors="replace")
            self._end(State.FAILED, explain(output, self._errors, exit_code))

    def cancel(self) -> None:
        """Stop now."""
        if self._process and not self.ended:
            self._process.kill()
            self._end(State.CANCELLED)

    @property
    def _output(self) -> Path:
        return self._folder / "events.jsonl"

    @property
    def _errors(self) -> Path:
        return self._folder / "errors.txt"

    def _end(self, state: State, error: contract.DepthError | None = None) -> None:
        self.state, self.error = state, error
        shutil.rmtree(self._folder, ignore_errors=True)
