# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets up the engine in its own Python environment and leaves a note where the extension finds it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from depth_engine import contract

from . import environments, record
from .places import ROOT, engine_folder, engine_note, executable
from .report import run, say, step


def environment(prefix: Path | None = None, tools: bool = False) -> tuple[Path, bool]:
    """Make the engine's environment, with the developers' tools if wanted.

    Returns its folder and whether anything had to be installed; raises InstallError.
    """
    folder = engine_folder(prefix)
    name = _project_digest()
    holds = [f"{name}:engine", f"{name}:tools"] if tools else [f"{name}:engine"]
    target = f"{ROOT}[test]" if tools else str(ROOT)
    # Inside this folder the engine runs this folder's own files; elsewhere it must outlive them.
    editable = ["--editable"] if folder.is_relative_to(ROOT) else []
    changed = environments.make(folder, holds, [*editable, target])
    return folder, changed


def install(prefix: Path | None = None) -> Path:
    """Set up the engine, check it with its own doctor, and write the note. Returns its command; raises InstallError."""
    folder, changed = environment(prefix)
    command = executable(folder, "depth-engine")
    note = json.dumps({"command": str(command)}, indent=1) + "\n"
    if changed or not engine_note().exists() or engine_note().read_text(encoding="utf-8") != note:
        step("Checking the engine")
        run([command, "doctor"], "The engine's own check failed", "Follow the hints above, then run the command again.")
        engine_note().parent.mkdir(parents=True, exist_ok=True)
        contract.write_text(engine_note(), note)
        record.remember(engine=folder)
    say(f"The engine is {command}")
    return command


def _project_digest() -> str:
    """Changes when the engine needs other packages or is another version; tool settings do not matter."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version = (ROOT / "depth_engine" / "__init__.py").read_text(encoding="utf-8")
    return environments.digest(json.dumps([table["build-system"], table["project"]], sort_keys=True), version)
