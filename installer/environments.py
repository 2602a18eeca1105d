# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments that are made once and left alone until what they should hold changes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .places import ROOT, executable
from .report import InstallError, Watch, environment, run, run_quietly, say, step

STAMP = "estimate-depth.json"  # in an environment's folder, written last: the environment is ours, and whole


def digest(*parts: str) -> str:
    """A short name for what an environment should hold."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def is_current(folder: Path, holds: Sequence[str]) -> bool:
    """Whether the environment is whole, holds what is named, and its Python still runs."""
    return set(holds) <= set(_stamp(folder)) and _runs(executable(folder, "python"))


def is_ours(folder: Path) -> bool:
    """Whether this installer made the environment."""
    return (folder / STAMP).exists()


def make(
    folder: Path, holds: Sequence[str], packages: Sequence[str], python: Path | None = None, quiet: bool = False
) -> bool:
    """Make or update an environment with `packages` (pip's arguments) and stamp it with `holds`.

    python: the interpreter to make it with, else the one that runs this. Returns False when it was current already;
    raises InstallError.
    """
    if is_current(folder, holds):
        return False
    watch = Watch()
    step(f"Setting up {folder}")
    _create(folder, python or Path(sys.executable))
    (folder / STAMP).unlink(missing_ok=True)
    # Compiling everything takes longer than all the rest, and Python compiles what it imports anyway.
    pip = [executable(folder, "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
    failure = f"Packages could not be installed into {folder}"
    fix = "Check the network and the free disk space, then run the same command again: it goes on where it stopped."
    (run_quietly if quiet else run)([*pip, *packages], failure, fix, ROOT)
    (folder / STAMP).write_text(json.dumps(list(holds)) + "\n", encoding="utf-8")
    say(f"{folder} is ready after {watch}.")
    return True


def _create(folder: Path, python: Path) -> None:
    if _runs(executable(folder, "python")):
        return
    known = is_ours(folder) or (folder / "pyvenv.cfg").exists()
    if folder.exists() and any(folder.iterdir()) and not known:
        raise InstallError(f"{folder} holds other files.", "Name an empty or a new folder.")
    if importlib.util.find_spec("ensurepip") is None:
        raise InstallError(
            "Python's venv module is not installed.", "On Debian or Ubuntu: sudo apt install python3-venv"
        )
    run_quietly([python, "-m", "venv", "--clear", folder], f"No Python environment could be made in {folder}")


def _runs(python: Path) -> bool:
    try:
        return python.exists() and not subprocess.run([python, "-c", ""], env=environment(), check=False).returncode
    except OSError:
        return False


def _stamp(folder: Path) -> list[str]:
    try:
        return json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
