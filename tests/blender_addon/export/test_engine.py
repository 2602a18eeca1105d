# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender exports, and what the engine exports without Blender, is the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.blender_addon.export.conftest import FRAMES, SIZE
from tests.blender_addon.export.shown import points_of, read_ply
from tests.blender_addon.scene.made import picture_of
from tests.support.elsewhere import ROOT, engine_python


@pytest.mark.parametrize("kind", ["relief", "points"])
def test_blender_and_the_engine_write_the_same_frames(made, write, folder, tmp_path: Path, kind: str) -> None:
    shown = made(kind)
    shown.parent.location, shown.parent.rotation_euler = (0, 0, 0), (np.pi / 2, 0, 0)
    ours = write(shown, "PLY").files
    shape = "mesh" if kind == "relief" else "points"
    command = [engine_python(), "-m", "depth_engine", "export", folder, "-o", tmp_path / "engine", "--as", shape]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    theirs = sorted((tmp_path / "engine").iterdir())
    assert [file.name.split(".")[1] for file in theirs] == [file.name.split(".")[1] for file in ours]
    assert len(theirs) == FRAMES
    for one, other in zip(ours, theirs):
        (mine, my_faces), (engine, engine_faces) = read_ply(one), read_ply(other)
        for found, wanted in (
            (points_of(mine), points_of(engine)),
            *((mine[color][:, None].astype(int), engine[color][:, None]) for color in ("red", "green", "blue")),
        ):
            # Blender's vertices run upwards in columns, the engine's in rows from the top.
            picture = picture_of(found, *SIZE).reshape(len(engine), -1)
            assert np.abs(picture - wanted).max() <= (2e-4 if found.shape[1] == 3 else 1)
        assert 2 * len(my_faces) == len(engine_faces)
