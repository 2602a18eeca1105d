# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.known_depth import estimate
from tests.blender_addon.scene.made import waves
from tests.support import elsewhere

FRAMES, SIZE = 8, (24, 16)


@pytest.fixture(scope="session")
def library(addon: ModuleType) -> ModuleType:
    return importlib.import_module(f"{addon.__name__}.scene")


@pytest.fixture(scope="session")
def exports(addon: ModuleType) -> ModuleType:
    """The installed add-on's export library."""
    return importlib.import_module(f"{addon.__name__}.export")


@pytest.fixture(scope="session")
def module_of(addon: ModuleType) -> Callable[[str], ModuleType]:
    """A module of the installed add-on, by its name."""
    return lambda name: importlib.import_module(f"{addon.__name__}.{name}")


@pytest.fixture(scope="session")
def contract(addon: ModuleType) -> ModuleType:
    return importlib.import_module(f"{addon.__name__}.engine.contract")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of the real engine, eight frames of 24 x 16 pixels, with a model that gives known waves."""
    base = tmp_path_factory.mktemp("export")
    files = elsewhere.make_images(base / "plate", frames=FRAMES, size=SIZE)
    source = {"type": "images", "directory": str(base / "plate"), "files": [file.name for file in files]}
    known = np.stack([waves(number, SIZE) for number in range(1, FRAMES + 1)])
    return estimate(base / "clip.depth", source, known, preview=False, shots="off")


@pytest.fixture
def made(library: ModuleType, folder: Path) -> Callable[..., bpy.types.Object]:
    """Makes a relief or points of the result, turned and moved in the world, with a camera that moves and zooms."""

    def make(kind: str = "relief", **settings: Any) -> bpy.types.Object:
        scene = bpy.context.scene
        result = library.load_result(folder)
        shown = getattr(library, f"create_{kind}")(scene, result, library.SceneSettings(**settings))
        shown.parent.location, shown.parent.rotation_euler = (0.5, -2.0, 1.25), (1.3, 0.2, 0.4)
        camera = scene.camera
        for frame in (1, FRAMES):
            camera.location.x = 0.1 * frame
            camera.rotation_euler.z = 0.02 * frame
            camera.keyframe_insert("location", frame=frame)
            camera.keyframe_insert("rotation_euler", frame=frame)
        bpy.context.view_layer.objects.active = shown
        return shown

    return make


@pytest.fixture
def write(exports: ModuleType, tmp_path: Path) -> Callable[..., Any]:
    """Exports an object to a file or folder named `out` and says what was written."""

    def export(shown: bpy.types.Object, name: str, **settings: Any) -> Any:
        chosen = exports.ExportSettings(**{"first": 1, "last": FRAMES} | settings)
        scene = bpy.context.scene
        return exports.export(scene, exports.find_source(scene, shown), name, tmp_path / "out", chosen, lambda *_: None)

    return export
