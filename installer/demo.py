# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way on the example clip: footage, depth, a Blender scene, and one picture of it all."""

from __future__ import annotations

import sys
from pathlib import Path

from . import blenders, engine, extension
from .places import ROOT, executable
from .report import Argument, Watch, run, say, step

EXAMPLES = ROOT / "examples"
CLIP = EXAMPLES / "dog_handheld.mp4"
CREDIT = "Footage: Joao Eriberto Mota Filho, CC-BY-SA-4.0"
_MODULE = "4.5"  # of Blender's Python module, where there is no Blender


def demo(output: Path, chosen: Path | None) -> int:
    """Estimate the clip, build the scene where there is a Blender to do it, and make the contact sheet.

    Where neither Blender nor its Python module can run it ends well without a scene, and says what is missing.
    """
    watch = Watch()
    output = output.absolute()
    job = output / f"{CLIP.stem}.depth"
    command = engine.install()
    step(f"Estimating the depth of {CLIP.name}")
    output.mkdir(parents=True, exist_ok=True)
    run([command, "estimate", CLIP, "-o", job, "--overwrite"], "The engine could not estimate the clip")
    obstacle = "" if chosen or _found() else blenders.module_obstacle()
    if not obstacle:
        _build_scene(_blender_python(chosen), job, output)
    step("Making the contact sheet")
    sheet = output / "contact_sheet.png"
    renders: list[Argument] = [] if obstacle else ["--renders", output / "renders"]
    python = executable(command.parent.parent, "python")
    run([python, EXAMPLES / "contact_sheet.py", job, sheet, "--credit", CREDIT, *renders], "The contact sheet failed")
    say(f"\nThe demo took {watch}. It made:")
    for path, what in {
        job / "depth": "depth of every frame, OpenEXR",
        job / "preview": "a movie to look at",
        job / "manifest.json": "what the job was and found",
        output / "demo.blend": "relief, points and camera: open it in Blender",
        sheet: "footage and depth at a glance",
    }.items():
        if path.exists():
            say(f"  {path}  {what}")
    if obstacle:
        say(f"There is no Blender scene: no Blender 4.2 or newer was found here. {obstacle}")
    return 0
