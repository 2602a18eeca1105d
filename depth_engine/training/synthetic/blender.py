# SPDX-License-Identifier: Apache-2.0
"""Programs that can render: Blender itself, or a Python with Blender's module bpy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode

OLDEST = (4, 2)
_ASK = "import bpy; print('blender', *bpy.app.version)"
_HINT = "Install Blender 4.2 or newer, or name it: --blender /path/to/blender, or a Python that has the module bpy."


def renderer(given: Path | None) -> list[str]:
    """The command that runs a script in Blender, without the script. Raises DepthError if there is none."""
    for path in [given] if given else candidates():
        command = _command(path)
        if command:
            return command
    if given:
        raise DepthError(ExitCode.USAGE, f"{given} is neither Blender 4.2 or newer nor a Python with bpy.", _HINT)
    raise DepthError(ExitCode.USAGE, "No Blender was found to render with.", _HINT)


def _command(path: Path) -> list[str]:
    """Empty when this program cannot render. A program named blender is taken as one, anything else as a Python."""
    if path.suffix == ".app":
        path = path / "Contents" / "MacOS" / "Blender"
    if not path.is_file():
        return []
    if path.stem.lower().startswith("blender"):
        told = _output([str(path), "--background", "--version"])
        return [str(path), "--background", "--factory-startup", "--python"] if _fits(told) else []
    return [str(path)] if _fits(_output([str(path), "-c", _ASK])) else []


def _fits(told: str) -> bool:
    match = re.search(r"^blender (\d+)[ .](\d+)", told, re.MULTILINE | re.IGNORECASE)
    return bool(match) and (int(match[1]), int(match[2])) >= OLDEST


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""


def candidates() -> list[Path]:
    """Blender on the path, in its usual places, and the bpy environments beside the engine's own."""
    named = os.environ.get("BLENDER")
    on_path = shutil.which("blender")
    found = [Path(each) for each in (named, on_path) if each]
    if sys.platform == "darwin":
        found += sorted(Path("/Applications").glob("Blender*.app"), reverse=True)
    elif os.name == "nt":
        programs = Path(os.environ.get("PROGRAMFILES", "C:/Program Files"))
        found += sorted(programs.glob("Blender Foundation/Blender*/blender.exe"), reverse=True)
    else:
        found += sorted(Path("/opt").glob("[bB]lender*/blender"), reverse=True)
    name = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return found + sorted(Path(sys.prefix).parent.glob(f"blender-*/{name}"), reverse=True)
