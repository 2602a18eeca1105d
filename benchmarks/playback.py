# SPDX-License-Identifier: GPL-3.0-or-later
"""How long Blender takes for a frame of a relief and of points, with each live control.

usage: blender --background --python playback.py -- JOB_FOLDER [--extension ZIP]
   or, in a Python with the module bpy:  python playback.py JOB_FOLDER [--extension ZIP]

A frame is everything from the change of the frame to the evaluated geometry, without drawing. The first pass reads
the files; then they are in Blender's cache, and the best and the median of some passes over the clip are told.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

EXTENSION = "bl_ext.user_default.estimate_depth"
PASSES = 5
CUTS = {
    "Time Smoothing 1": {"Time Smoothing": 1.0},
    "Time Smoothing 2": {"Time Smoothing": 2.0},
    "Edge Cut": {"Edge Cut": 0.05},
    "Grazing Cut": {"Grazing Cut": math.radians(10)},
    "Edge Cut, Cut Softness": {"Edge Cut": 0.05, "Cut Softness": 0.5},
    "Sky Cut": {"Sky Cut": 0.05},
    "Crop Near, Crop Far": {"Crop Near": 1.2, "Crop Far": 10.0},
    "Mask": {},
    "Hold-Out": {"Hold-Out": True},
    "Stride 2": {"Stride": 2},
}
ONLY = {
    "relief": {"Vertex Colors": {"Vertex Colors": True}},
    "points": {
        "Density 0.5": {"Density": 0.5},
        "Size Mode World": {"Size Mode": 1},
        "UV Map": {"UV Map": True},
    },
}


def measure(job: Path) -> None:
    """Print a table of each object with each control."""
    library = importlib.import_module(f"{EXTENSION}.scene")
    nodes = importlib.import_module(f"{EXTENSION}.scene.nodes")
    result = library.load_result(job)
    width, height = result.manifest.proxy_depth.width, result.manifest.proxy_depth.height
    facts = result.manifest.facts
    print(f"Blender {bpy.app.version_string}, {facts.width}x{facts.height}, grid {width}x{height} = {width * height}")
    print("\n| | first pass | cached, median | cached, best | load |\n|---|---|---|---|---|")
    for kind, create in (("relief", library.create_relief), ("points", library.create_points)):
        for name, controls in ({"defaults": {}} | CUTS | ONLY[kind]).items():
            bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
            made = create(bpy.context.scene, result, library.SceneSettings())
            if "Mask" in name:
                library.set_mask(made, result, result.file(result.manifest.proxy_color, result.numbers[0]))
            for control, value in controls.items():
                nodes.set_input(made.modifiers[0], control, value)
            made.update_tag()
            first, *cached = [one_pass(result) for _ in range(PASSES + 1)]
            every = [frame for times in cached for frame in times]
            figures = statistics.median(first), statistics.median(every), min(map(statistics.median, cached))
            print(f"| {kind}, {name} |", " | ".join(f"{figure:.0f} ms" for figure in figures), end=" | ")
            print(f"{os.getloadavg()[0]:.1f} |" if hasattr(os, "getloadavg") else "|", flush=True)


def one_pass(result: Any) -> list[float]:
    """Milliseconds of each frame."""
    times: list[float] = []
    for number in result.numbers:
        start = time.perf_counter()
        bpy.context.scene.frame_set(result.number_one + number - 1)
        times.append((time.perf_counter() - start) * 1000)
    return times


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Milliseconds that Blender takes for a frame of a result.")
    parser.add_argument("job", type=Path, metavar="JOB_FOLDER")
    parser.add_argument("--extension", type=Path, metavar="ZIP", help="install the extension from this zip first")
    options = parser.parse_args(arguments)
    if options.extension:
        bpy.ops.extensions.package_install_files(
            filepath=str(options.extension.absolute()), repo="user_default", enable_on_install=True, overwrite=True
        )
    measure(options.job.absolute())
    return 0


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    sys.exit(main(own))
