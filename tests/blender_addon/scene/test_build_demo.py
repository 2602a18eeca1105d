# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.made import positions, waves, write_result
from tests.support.elsewhere import ROOT


@pytest.fixture
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_demo", ROOT / "examples" / "build_demo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pixels(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], 4)[..., :3]


def test_the_demo_s_scene(demo: ModuleType, contract: ModuleType, tmp_path: Path) -> None:
    colors = dict.fromkeys(range(1, 6), (0.9, 0.1, 0.1))
    pictures = {number: waves(number, (64, 36)) for number in colors}
    job = write_result(contract, tmp_path / "clip.depth", pictures, colors=colors, size=(160, 88))
    demo.build(job, tmp_path / "out")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "demo.blend"))
    scene = bpy.context.scene
    assert scene.camera.name == "clip Camera"
    assert (scene.frame_start, scene.frame_end, scene.render.fps) == (1, 5, 24)
    for name in ("clip Relief", "clip Points"):
        assert len(positions(bpy.data.objects[name])) > 0
    for name in ("relief", "points"):
        for number in (1, 3, 5):
            picture = pixels(tmp_path / "out" / "renders" / f"{name}.{number:06d}.png")
            assert picture.shape == (66, 120, 3)
            red = picture[..., 0] > 0.5
            assert 0.05 < red.mean() < 0.95, "the footage stands before the backdrop"
