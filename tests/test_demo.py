# SPDX-License-Identifier: GPL-3.0-or-later
"""`install.py demo` from the command to the picture, as the README has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_engine.contract import JobFolder
from depth_engine.outputs.exr import read_exr
from installer import blenders, demo
from installer.main import main
from installer.places import ENVIRONMENTS, executable

FRAMES = 41


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo made, with Blender's Python module whatever Blender this machine has."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESTIMATE_DEPTH_HOME", str(folder / "home"))
        patch.setattr(blenders, "find", list)
        assert main(["demo", "--output", str(folder / "out")]) == 0
    return folder / "out"


def test_there_is_a_manifest_and_depth_for_every_frame(output: Path) -> None:
    folder = JobFolder(output / "dog_handheld.depth")
    manifest = folder.read_manifest()
    assert manifest is not None
    assert [frame.number for frame in manifest.frames] == list(range(1, FRAMES + 1))
    for frame in manifest.frames:
        disparity = read_exr(folder.path / manifest.depth["exr32"].file(frame.number))
        assert disparity.shape == (720, 1280)
        assert np.isfinite(disparity).all()
        assert disparity.std() > 0


def test_the_scene_opens_with_relief_points_and_camera(output: Path) -> None:
    script = (
        "import sys, bpy; bpy.ops.wm.open_mainfile(filepath=sys.argv[1]);"
        "print('FOUND', sorted(thing.type for thing in bpy.context.scene.objects), bpy.context.scene.camera.name)"
    )
    python = executable(ENVIRONMENTS / f"blender-{demo.MODULE}", "python")
    done = subprocess.run([python, "-c", script, output / "demo.blend"], capture_output=True, text=True, check=True)
    found = next(line for line in done.stdout.splitlines() if line.startswith("FOUND"))
    for kind in ("MESH", "POINTCLOUD", "CAMERA"):
        assert kind in found


def test_the_contact_sheet_shows_footage_depth_relief_and_points(output: Path, picture_folder: Path) -> None:
    sheet = cv2.imread(str(output / "contact_sheet.png"))
    height, width = sheet.shape[:2]
    for column in range(4):
        part = sheet[:, width * column // 4 : width * (column + 1) // 4]
        assert part[height // 4 : -height // 4].std() > 10, f"column {column} shows something"
    picture_folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(picture_folder / "contact_sheet.jpg"), sheet, [cv2.IMWRITE_JPEG_QUALITY, 90])
