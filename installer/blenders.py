# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds Blender on this machine, installs the extension into it, and makes Blender's Python module where wanted."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from depth_engine import contract

from . import environments, extension, record, system
from .places import ENVIRONMENTS, ROOT, engine_folder, executable, installer_note
from .report import InstallError, environment, run, say, step

OLDEST = (4, 2)
MODULES = {"4.2": "4.2.23", "4.5": "4.5.15", "5.0": "5.0.1"}  # wheels of `bpy` that Python 3.11 can load
_MODULE_PYTHON = "3.11"


@dataclass(frozen=True)
class Blender:
    """A Blender program and its version, e.g. (4, 5, 3)."""

    path: Path
    version: tuple[int, ...]

    @property
    def fits(self) -> bool:
        return self.version >= OLDEST

    def __str__(self) -> str:
        return f"Blender {'.'.join(map(str, self.version))} ({self.path})"


def find() -> list[Blender]:
    """Every Blender in the usual places, the newest first."""
    paths = dict.fromkeys(path.resolve() for path in _places() if path.is_file())
    found = [Blender(path, version) for path in paths if (version := _version(path))]
    return sorted(found, key=lambda blender: blender.version, reverse=True)


def given(path: Path) -> Blender:
    """The Blender a person named; raises InstallError when it is none, or too old."""
    program = path / "Contents" / "MacOS" / "Blender" if path.suffix == ".app" else path
    version = _version(program.expanduser().absolute())
    if version is None:
        raise InstallError(
            f"{path} is not a Blender program.", "Give the path of the program itself, e.g. /opt/blender/blender."
        )
    blender = Blender(program.expanduser().absolute(), version)
    if not blender.fits:
        raise InstallError(f"{blender} is too old.", "Estimate Depth needs Blender 4.2 or newer.")
    return blender


def install_extension(chosen: Sequence[Path]) -> list[Blender]:
    """Build the extension and install it into the Blenders named, else into all that are found. Raises InstallError."""
    blenders = [given(path) for path in chosen] or find()
    fitting = [blender for blender in blenders if blender.fits]
    for blender in blenders:
        if not blender.fits:
            say(f"{blender} is too old and left alone: Estimate Depth needs 4.2 or newer.")
    if not fitting:
        raise InstallError(
            "No Blender 4.2 or newer was found.",
            "Name it: python3 install.py blender --blender /path/to/blender",
        )
    archive = extension.build([blender.path for blender in fitting])
    for blender in fitting:
        step(f"Installing into {blender}")
        command = [blender.path, "--command", "extension", "install-file", "-r", "user_default", "-e", archive]
        run(command, f"{blender} did not take the extension", "Close Blender, then run the command again.")
        record.remember(blender=blender.path)
    _leave_note()
    return fitting


def _leave_note() -> None:
    """Tell the extension how it can have the engine set up."""
    note = {"python": sys.executable, "script": str(ROOT / "install.py"), "folder": str(engine_folder())}
    installer_note().parent.mkdir(parents=True, exist_ok=True)
    contract.write_text(installer_note(), json.dumps(note, indent=1) + "\n")


def remove_extension(blender: Path) -> None:
    """Take the extension out of a Blender; raises InstallError."""
    command = [blender, "--command", "extension", "remove", extension.EXTENSION_ID]
    run(command, f"{blender} did not remove the extension", "Remove it in Blender: Preferences, Get Extensions.")


def module_python() -> Path | None:
    """A Python that can load Blender's module: this one or python3.11 on the path."""
    if sys.version_info[:2] == (3, 11):
        return Path(sys.executable)
    other = shutil.which(f"python{_MODULE_PYTHON}")
    return Path(other) if other else None


def module_obstacle() -> str:
    """Why Blender's module cannot run here and what mends it, in one sentence; empty when it can."""
    if module_python() is None:
        return f"Blender's Python module needs Python {_MODULE_PYTHON}: install python{_MODULE_PYTHON} on the path."
    missing = system.missing_libraries()
    return f"system libraries are missing ({', '.join(missing)}): {system.fix(missing)}" if missing else ""


def module_environment(version: str, quiet: bool = False) -> Path:
    """Make .venv/blender-VERSION with Blender's module and the test tools. Returns its Python; raises InstallError."""
    folder = ENVIRONMENTS / f"blender-{version}"
    packages = [f"bpy=={MODULES[version]}", "numpy==1.26.4", "pytest==9.2.0", "OpenEXR==3.5.3"]
    environments.make(folder, [environments.digest(*packages)], packages, module_python(), quiet)
    return executable(folder, "python")


def _places() -> Iterator[Path]:
    on_path = shutil.which("blender")
    if on_path:
        yield Path(on_path)
    home = Path.home()
    if os.name == "nt":
        for variable in ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"):
            folder = os.environ.get(variable)
            if folder:
                yield from Path(folder).glob("Blender Foundation/Blender*/blender.exe")
    elif sys.platform == "darwin":
        for folder in (Path("/Applications"), home / "Applications"):
            yield from folder.glob("Blender*.app/Contents/MacOS/Blender")
            yield from folder.glob("Blender*/Blender*.app/Contents/MacOS/Blender")
    else:
        yield from (Path("/usr/bin/blender"), Path("/usr/local/bin/blender"), Path("/snap/bin/blender"))
        for folder in (Path("/opt"), home, home / "Applications", home / ".local" / "opt"):
            yield from folder.glob("[bB]lender*/blender")


@cache
def _version(program: Path) -> tuple[int, ...] | None:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, env=environment())
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"^Blender (\d+)\.(\d+)\.(\d+)", done.stdout, re.MULTILINE)
    return tuple(map(int, match.groups())) if match else None
