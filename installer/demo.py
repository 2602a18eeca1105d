# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way on the example clip: footage, depth, a Blender scene, and one picture of it all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from . import blenders, engine, extension
from .places import ROOT, executable
from .report import Argument, Watch, run, say, step

EXAMPLES = ROOT / "examples"
CLIP = EXAMPLES / "dog_handheld.mp4"
CREDIT = "Footage: Joao Eriberto Mota Filho, CC-BY-SA-4.0"
MODULE = "4.5"  # of Blender's Python module, where there is no Blender


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
    blender = blenders.given(chosen) if chosen else next((found for found in blenders.find() if found.fits), None)
    obstacle = "" if blender else blenders.module_obstacle()
    if not obstacle:
        _build_scene(blender, job, output)
    sheet = output / "contact_sheet.png"
    _make_sheet(executable(command.parent.parent, "python"), job, sheet, None if obstacle else output / "renders")
    say(f"\nThe demo took {watch}. It made:")
    for path, what in {
        job / "depth": "the depth of every frame, OpenEXR",
        job / "preview": "a movie of it",
        job / "manifest.json": "what was computed from what",
        output / "demo.blend": "relief, points and camera: open it in Blender",
        sheet: "all of it at a glance",
    }.items():
        if path.exists():
            say(f"  {path}\n      {what}")
    if obstacle:
        say(f"There is no Blender scene, because no Blender 4.2 or newer was found and {obstacle}")
    return 0


def _build_scene(blender: blenders.Blender | None, job: Path, output: Path) -> None:
    """Build and render the scene in Blender, or in its Python module, away from the user's own Blender settings."""
    archive = extension.build([blender.path] if blender else [])
    script = [EXAMPLES / "build_demo.py", "--", job, output, "--extension", archive]
    step(f"Building the scene with {blender or f'Blender {MODULE} as a Python module'}")
    program: list[Argument] = (
        [blender.path, "--background", "--factory-startup", "--python-exit-code", "1", "--python"]
        if blender
        else [blenders.module_environment(MODULE)]
    )
    with tempfile.TemporaryDirectory(prefix="estimate-depth-demo-") as folder:
        run([*program, *script], "The scene could not be built", env={"BLENDER_USER_RESOURCES": folder})


def _make_sheet(python: Path, job: Path, sheet: Path, renders: Path | None) -> None:
    step("Making the contact sheet")
    command: list[Argument] = [python, EXAMPLES / "contact_sheet.py", job, sheet, "--credit", CREDIT]
    run([*command, "--renders", renders] if renders else command, "The contact sheet could not be made")
