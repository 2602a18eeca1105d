# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the engine: a short run of its command whose answer, one JSON object, is fetched later from a file."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar, cast

from . import contract
from .process import EngineProcess

T = TypeVar("T")

TIMEOUT_SECONDS = 300.0  # a long movie on a slow disk is indexed within this time
POLL_SECONDS = 0.02


def new_folder() -> Path:
    """A temporary folder for one question."""
    return Path(tempfile.mkdtemp(prefix="estimate-depth-"))


class Query(Generic[T]):
    """One question, running beside Blender. When `poll` says True, either `answer` or `error` is set."""

    def __init__(
        self,
        command: Path,
        arguments: Sequence[str | Path],
        kind: type[T],
        folder: Path | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Ask `command arguments… --json`; the answer is read as `kind`, a dataclass of the contract.

        folder: a folder of the question's own, with files that it needs; removed at the end.
        """
        self.answer: T | None = None
        self.error: contract.DepthError | None = None
        self._kind = kind
        self._asked = str(arguments[0])
        self._deadline = time.monotonic() + timeout_seconds
        self._folder = folder or new_folder()
        self._process: EngineProcess | None = None
        try:
            self._process = EngineProcess([command, *arguments, "--json"], self._output, self._errors)
        except OSError as error:
            self._end(
                error=contract.DepthError(contract.ExitCode.INTERNAL, f"Cannot start {command}: {error.strerror}.")
            )

    @property
    def ended(self) -> bool:
        return self.answer is not None or self.error is not None

    def poll(self) -> bool:
        """Whether the answer or an error is there now."""
        if self._process and not self.ended:
            if self._process.exit_code is not None:
                self._read(self._process.exit_code)
            elif time.monotonic() > self._deadline:
                self._process.kill()
                message = f"The engine did not answer ({self._asked}) in time."
                self._end(error=contract.DepthError(contract.ExitCode.INTERNAL, message, "Press Check Engine."))
        return self.ended

    def wait(self) -> T:
        """The answer, for scripts that may block. Raises DepthError."""
        while not self.poll():
            time.sleep(POLL_SECONDS)
        if self.error:
            raise self.error
        return cast(T, self.answer)

    def cancel(self) -> None:
        """The answer is not wanted any more."""
        if self._process and not self.ended:
            self._process.kill()
            self._end(error=contract.DepthError(contract.ExitCode.CANCELLED, "The question was withdrawn."))

    @property
    def _output(self) -> Path:
        return self._folder / "answer.json"

    @property
    def _errors(self) -> Path:
        return self._folder / "errors.txt"

    def _read(self, exit_code: int) -> None:
        text = self._output.read_text(encoding="utf-8", errors="replace")
        try:
            self._end(answer=contract.load(self._kind, _first_object(text), f"The engine's answer ({self._asked})"))
        except contract.DepthError as error:
            self._end(error=explain(text, self._errors, exit_code) if exit_code else error)

    def _end(self, answer: T | None = None, error: contract.DepthError | None = None) -> None:
        self.answer, self.error = answer, error
        shutil.rmtree(self._folder, ignore_errors=True)


def explain(output: str, errors: Path, exit_code: int) -> contract.DepthError:
    """Why a run of the engine with --json failed: its error event, or whatever it printed last."""
    for line in reversed(output.splitlines()):
        event = contract.decode_event(line)
        if isinstance(event, contract.Failed):
            return contract.DepthError(exit_code_of(event.code), event.message, event.hint)
    said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    message = said[-1] if said else f"The engine ended with code {exit_code} and said nothing."
    return contract.DepthError(exit_code_of(exit_code), message, "Press Check Engine.")


def _first_object(text: str) -> str:
    """The answer alone: an error event follows it when the answer is bad news (a plan that cannot be carried out)."""
    try:
        return text[: json.JSONDecoder().raw_decode(text)[1]]
    except (ValueError, RecursionError):
        return text


def exit_code_of(number: int) -> contract.ExitCode:
    """The exit code with this number, INTERNAL where there is none."""
    try:
        return contract.ExitCode(number)
    except ValueError:  # a signal, or an engine newer than this extension
        return contract.ExitCode.INTERNAL
