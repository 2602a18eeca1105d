# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's Python: the generator with two scenes whose depth and motion a formula tells.

"plane": one tilted plane, a camera that moves and turns. "moving_box": a box that drifts to +x before a wall.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import bpy  # noqa: F401  brings mathutils

SCENES = Path(__file__).resolve().parents[2] / "depth_engine" / "training" / "synthetic" / "scenes"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "scenes", SCENES / "__init__.py", submodule_search_locations=[str(SCENES)]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["scenes"] = package
    spec.loader.exec_module(package)
    return package


def family(name: str, setting_of) -> None:
    module = ModuleType(f"scenes.families.{name}")
    module.build = setting_of
    sys.modules[module.__name__] = module


load()
families, lights, materials, meshes, stage, cameras, service = (
    importlib.import_module(f"scenes.{name}")
    for name in ("families", "lights", "materials", "meshes", "stage", "cameras", "service")
)


def lit(scene) -> None:
    lights.sun(scene, 0.9, 0.5, 3.0, 0.05)
    lights.sky(scene, 0.5)


def setting(move: str):
    return families.Setting(
        lambda draw: cameras.pose(draw, (0.2, -4.0, 0.5), (0, 0, 0), (50, 50)), near=0.1, reach=0.8, moves={move: 1.0}
    )


def plane(scene):
    scene.add(
        meshes.plane(40, 40), stage.place((0, 1, 0), (1.0, 0.15, 0.3)), materials.patterned(scene.draw, "checker")
    )
    lit(scene)
    return setting("truck")


def moving_box(scene):
    scene.box((0, 3, 0), (20, 0.1, 20), materials.patterned(scene.draw, "checker"))
    drift = lambda seconds: stage.place((0.3 * (seconds % 100) - 3, 0, 0))  # noqa: E731
    scene.add(meshes.box(8, 0.3, 0.6), stage.place((0, 0, 0)), materials.patterned(scene.draw, "cells"), drift)
    lit(scene)
    return setting("handheld")


family("plane", plane)
family("moving_box", moving_box)
service.serve()
