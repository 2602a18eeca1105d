# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes what the installer put where, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from depth_engine import contract

from . import blenders, environments, record
from .places import BUILD, ENVIRONMENTS, engine_note, installer_note
from .report import InstallError, say


def uninstall(agreed: bool) -> int:
    """List what will go, ask unless `agreed`, and remove it. Returns 1 when something could not be removed."""
    installed = record.read()
    programs = [Path(name) for name in installed.blenders]
    folders = [folder for folder in _folders(installed) if folder.exists()]
    notes = [path for path in (engine_note(), installer_note(), record.path()) if path.exists()]
    if not (programs or folders or notes):
        say("Nothing is installed.")
        return 0
    say("This will be removed:")
    for program in programs:
        say(f"  the extension in {program}")
    for path in [*folders, *notes]:
        say(f"  {path}")
    if not agreed and input("Remove it? [y/N] ").strip().lower() not in ("y", "yes"):
        say("Nothing was removed.")
        return 0
    kept = [program for program in programs if not _leaves(program)]
    for folder in folders:
        shutil.rmtree(folder)
    for note in notes:
        note.unlink()
    _remove_if_empty(contract.user_data_folder())
    say("Removed. Jobs and results stay where they are." if not kept else "Removed, but for what is named above.")
    return 1 if kept else 0


def _folders(installed: record.Record) -> list[Path]:
    """The environments that this installer made, and the build folder of this checkout."""
    engines = [Path(name) for name in installed.engines]
    own = sorted(path for path in ENVIRONMENTS.glob("*") if environments.is_ours(path))
    return list(dict.fromkeys([*filter(environments.is_ours, engines), *own, BUILD]))


def _leaves(program: Path) -> bool:
    """Whether the extension is gone from a Blender; one that is itself gone took it along."""
    try:
        if program.exists():
            blenders.remove_extension(program)
    except InstallError as error:
        say(f"{error.message} {error.fix}")
        return False
    return True


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    elif folder.is_dir():
        say(f"{folder} still holds files of the engine, such as downloaded models and caches.")
