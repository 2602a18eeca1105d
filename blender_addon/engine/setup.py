# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting the engine up from Blender: the installer does it in a process of its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from .contract import DepthError, ExitCode, user_data_folder
from .job import ENDED, State
from .process import EngineProcess
from .query import new_folder

NOTE = "installer.json"  # written by the installer, beside the note on the engine
COMMAND = "python3 install.py engine"
DOWNLOAD_BYTES = 2 * 10**9
"""About: PyTorch and what else the engine needs."""
STEP = "==> "
"""With this the installer begins the line of a step."""


@dataclass(frozen=True, slots=True)
class Installer:
    """python: what runs install.py; folder: where it puts the engine."""

    python: Path
    script: Path
    folder: Path


def find_installer() -> Installer | None:
    """The installer that installed the extension, if it is still there."""
    try:
        data = json.loads((user_data_folder() / NOTE).read_text(encoding="utf-8"))
        table = cast("dict[str, Any]", data)
        found = Installer(Path(table["python"]), Path(table["script"]), Path(table["folder"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.python.is_file() and found.script.is_file() else None


class EngineSetup:
    """One run of the installer. `tick` finds out what happened; what it has downloaded is kept by pip if it fails."""

    def __init__(self, installer: Installer) -> None:
        self.state = State.RUNNING
        self.step = "Starting"
        self.error: DepthError | None = None
        self._folder = new_folder()
        self._process: EngineProcess | None = None
        try:
            self._process = EngineProcess([installer.python, installer.script, "engine"], self._output)
        except OSError as error:
            self._fail(f"Cannot start {installer.python}: {error.strerror}.")

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def tick(self) -> None:
        """Advance by a little; quick enough to be called many times a second."""
        if self._process is None or self.ended:
            return
        exit_code = self._process.exit_code
        said = self._output.read_text(encoding="utf-8", errors="replace").splitlines()
        steps = [line.removeprefix(STEP) for line in said if line.startswith(STEP)]
        self.step = steps[-1] if steps else self.step
        if exit_code == 0:
            self._end(State.DONE)
        elif exit_code is not None:
            last = [line.strip() for line in said if line.strip()]
            self._fail(" ".join(last[-2:]) or f"The installer ended with code {exit_code}.")

    def cancel(self) -> None:
        """Stop now; the next run goes on with what is there."""
        if self._process and not self.ended:
            self._process.kill()
            self._end(State.CANCELLED)

    @property
    def _output(self) -> Path:
        return self._folder / "output.txt"

    def _fail(self, message: str) -> None:
        self.error = DepthError(ExitCode.INTERNAL, message, f"Run it in a terminal: {COMMAND}")
        self._end(State.FAILED)

    def _end(self, state: State) -> None:
        self.state = state
        shutil.rmtree(self._folder, ignore_errors=True)
