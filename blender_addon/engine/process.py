# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's process: started on its own, so that it outlives Blender, and ended with all its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Blender's own values of these would make the engine load Blender's libraries instead of its own.
_FOREIGN = ("PYTHON", "__PYVENV", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_")

if sys.platform == "win32":
    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW

    def kill_group(pid: int) -> None:
        """End a process and its children. No error when it is gone already."""
        tool = Path(os.environ["SYSTEMROOT"]) / "System32" / "taskkill.exe"
        subprocess.run([tool, "/PID", str(pid), "/T", "/F"], capture_output=True, creationflags=_FLAGS)
else:
    _FLAGS = 0

    def kill_group(pid: int) -> None:
        """End a process and its children. No error when it is gone already."""
        try:
            if os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def environment() -> dict[str, str]:
    """The variables that the engine starts with: the user's, without what Blender's Python or launcher set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}


class EngineProcess:
    """A started engine. Its streams are files: nothing has to be drained, and it does not notice Blender's end."""

    def __init__(self, arguments: Sequence[str | Path], output: Path, errors: Path | None = None) -> None:
        """Start the command; its output is appended to `output`, errors too unless they have a file of their own.

        Raises OSError when the command cannot be started or a file cannot be opened.
        """
        with output.open("ab") as out, (errors or output).open("ab") as err:
            self._process = subprocess.Popen(
                [os.fspath(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment(),
                cwd=output.parent,
                start_new_session=True,
                creationflags=_FLAGS,
            )

    @property
    def exit_code(self) -> int | None:
        """None while it runs; on Linux and macOS negative when a signal ended it."""
        return self._process.poll()

    def kill(self) -> None:
        """End the engine and everything it started, and reap it."""
        if self.exit_code is None:
            kill_group(self._process.pid)
            self._process.wait()
