# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the engine's command lies."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

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
    """Why no engine can be started, and what to do about it. missing: none was ever set up."""

    reason: str
    hint: str
    missing: bool = False


def find_engine(preferred: str = "") -> Engine | NoEngine:
    """The engine to start: the preference, else DEPTH_ENGINE, else the installer's note, else PATH.

    The first of these that names something decides: an engine that was chosen and cannot be started is reported,
    never replaced by another one. `preferred` is a command or the folder of the engine's environment.
    """
    choices = (
        (preferred.strip(), "set in the preferences", "Correct Engine in the preferences, or leave it empty."),
        (os.environ.get(VARIABLE, "").strip(), f"set by the variable {VARIABLE}", f"Correct {VARIABLE}, or remove it."),
    )
    for text, found, hint in choices:
        if text:
            return _check(Path(text).expanduser(), found, hint)
    again = "Run the installer again: python3 install.py engine"
    note = user_data_folder() / NOTE
    if note.is_file():
        command = _read_note(note)
        return _check(command, "set up by install.py", again) if command else NoEngine(f"{note} is damaged.", again)
    on_path = shutil.which(COMMAND)
    if on_path:
        return Engine(Path(on_path), "found on PATH")
    return NoEngine("The depth engine is not installed.", "Run the installer: python3 install.py engine", missing=True)


def _check(path: Path, found: str, hint: str) -> Engine | NoEngine:
    command = _command_in(path) if path.is_dir() else path
    if not command.is_file():
        return NoEngine(f"There is no engine at {path} ({found}).", hint)
    if not os.access(command, os.X_OK):
        return NoEngine(f"{command} ({found}) is not a program that may be started.", hint)
    return Engine(command.absolute(), found)


def _command_in(environment: Path) -> Path:
    """The command inside the folder of a Python environment."""
    if sys.platform == "win32":
        return environment / "Scripts" / f"{COMMAND}.exe"
    return environment / "bin" / COMMAND


def _read_note(note: Path) -> Path | None:
    try:
        data = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    command = cast("dict[str, Any]", data).get("command") if isinstance(data, dict) else None
    return Path(command) if isinstance(command, str) and command else None
