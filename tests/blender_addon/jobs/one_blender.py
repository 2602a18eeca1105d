# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of Blender, for tests that kill it: opens a file with a strip and presses Estimate Depth, or finishes and
imports what an earlier run began. Run as `python -m tests.blender_addon.jobs.one_blender start|finish FILM REPORT`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from types import ModuleType

import bpy

from tests.blender_addon.buttons import press_button

LONGEST_SECONDS = 300.0
PACKAGE = "bl_ext.user_default.estimate_depth"


def main(what: str, film: Path, report: Path) -> None:
    bpy.ops.preferences.addon_enable(module=PACKAGE)
    preferences = part("preferences").get_preferences()
    preferences.engine, preferences.folder = os.environ["ESTIMATE_DEPTH_ENGINE"], str(film.parent / "results")
    bpy.ops.wm.open_mainfile(filepath=str(film))
    if hasattr(bpy.context.workspace, "sequencer_scene"):
        bpy.context.workspace.sequencer_scene = bpy.context.scene
    if what == "start":
        assert press_button(part("registration").CLASSES, "depth_estimate") == {"FINISHED"}
        report.touch()
        until = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < until:  # it will be killed
            work()
        return
    report.write_text(json.dumps(finish()))


def part(name: str) -> ModuleType:
    """A module of the add-on."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def work() -> None:
    part("jobs.timer").tick()
    time.sleep(0.05)


def finish() -> dict[str, object]:
    """Bring the job that is found again to its end, as a user would: with the button that the panel offers."""
    session = part("jobs.session").session()
    pressed: list[str] = []
    work()
    while session.book.active or session.book.jobs[0].state.value != "done":
        job = session.book.jobs[0]
        if job.state.value == "failed":
            fix = "estimate_again" if not job.prepared else "continue" if job.resumable else "restart"
            pressed.append(f"{fix}: {job.failure.message}")
            getattr(bpy.ops.sequencer, f"depth_{fix}")(folder=str(job.folder.path))
        work()
    bpy.ops.sequencer.depth_create_relief()
    return {
        "jobs": [str(job.folder.path) for job in session.book.jobs],
        "pressed": pressed,
        "reliefs": [made.name for made in bpy.data.objects if made.type == "MESH"],
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
