# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the engine's command lies."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from .contract import user_data_folder

COMMAND = "depth-engine"
VARIABLE = "DEPTH_ENGINE"
NOTE = "engine.json"  # written by the installer into the user's data folder


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that can be started. found: where its location comes from, as the end of a sentence."""

    command: Path
    found: str


@dataclass(frozen=True, slots=True)
class NoEngine:
    """Why no engine can be started, and what to do about it.

    missing: none was ever set up. fix: what a button can do: set the engine up again, or forget the chosen `path`.
    """

    reason: str
    hint: str
    missing: bool = False
    fix: Literal["", "engine", "path"] = ""


def find_engine(preferred: str = "") -> Engine | NoEngine:
    """The engine to start: the preference, else DEPTH_ENGINE, else the installer's note, else PATH.

    The first of these that names something decides: an engine that was chosen and cannot be started is reported,
    never replaced by another one. `preferred` is a command or the folder of the engine's environment.
    """
    chosen, variable = preferred.strip(), os.environ.get(VARIABLE, "").strip()
    if chosen:
        return _check(chosen, "set in the preferences", "Correct Engine in the preferences, or leave it empty.", "path")
    if variable:
        return _check(variable, f"set by the variable {VARIABLE}", f"Correct {VARIABLE}, or remove it.")
    again = "Run the installer again: python3 install.py engine"
    note = user_data_folder() / NOTE
    if note.is_file():
        command = _read_note(note)
        if command is None:
            return NoEngine(f"{note} is damaged.", again, fix="engine")
        return _check(command, "set up by install.py", again, "engine")
    on_path = shutil.which(COMMAND)
    if on_path:
        return Engine(Path(on_path), "found on PATH")
    return NoEngine("The depth engine is not installed.", "Run the installer: python3 install.py engine", missing=True)


def _check(text: str, found: str, hint: str, fix: Literal["", "engine", "path"] = "") -> Engine | NoEngine:
    path = Path(text).expanduser()
    command = _command_in(path) if path.is_dir() else path
    if not command.is_file():
        return NoEngine(f"There is no engine at {path} ({found}).", hint, fix=fix)
    if not os.access(command, os.X_OK):
        return NoEngine(f"{command} ({found}) is not a program that may be started.", hint, fix=fix)
    return Engine(command.absolute(), found)


def _command_in(environment: Path) -> Path:
    """The command inside the folder of a Python environment."""
    if sys.platform == "win32":
        return environment / "Scripts" / f"{COMMAND}.exe"
    return environment / "bin" / COMMAND


def _read_note(note: Path) -> str | None:
    try:
        data = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    command = cast("dict[str, Any]", data).get("command") if isinstance(data, dict) else None
    return command if isinstance(command, str) and command else None
