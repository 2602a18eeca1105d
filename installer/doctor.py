# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks over the whole installation: the engine, the Blenders, the system."""

from __future__ import annotations

from . import blenders, record, system
from .places import engine_folder, executable
from .report import call, say, step


def doctor() -> int:
    """Print what is there and what is missing. Returns 0 when the engine is whole."""
    command = executable(engine_folder(), "depth-engine")
    if command.exists():
        step(f"Engine: {command}")
        code = call([command, "doctor"])
    else:
        say("The engine is not set up: python3 install.py engine")
        code = 1
    step("Blender")
    installed = record.read().blenders
    found = blenders.find()
    for blender in found:
        state = "the extension is installed" if str(blender.path) in installed else "python3 install.py blender"
        say(f"{blender}: {state if blender.fits else 'too old, 4.2 or newer is needed'}")
    if not found:
        say("None was found. Name yours: python3 install.py blender --blender /path/to/blender")
    step("System libraries for Blender's Python module (tests, and the demo where there is no Blender)")
    missing = system.missing_libraries()
    say(f"Missing: {', '.join(missing)}. Install them: {system.fix(missing)}" if missing else "All there.")
    return code
