# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames that the engine skipped, and files whose numbers do not start at 1: the relief holds and never collapses."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.known_depth import estimate
from tests.blender_addon.scene.made import control, positions
from tests.support.elsewhere import make_images, make_movie

FRAMES = 20
DISPARITY = np.repeat(np.linspace(0.1, 1.0, FRAMES, dtype=np.float32), 48 * 32).reshape(FRAMES, 32, 48)


def movie(base: Path):
    return {
        "type": "movie",
        "path": str(make_movie(base / "clip.mp4", frames=FRAMES, rate="30000/1001", size=(48, 32))),
    }


def plates(base: Path):
    files = make_images(base / "plates", frames=FRAMES, start=1001, size=(48, 32))
    return {"type": "images", "directory": str(base / "plates"), "files": [file.name for file in files]}


@pytest.mark.parametrize(
    ("footage", "options"),
    [(movie, {"step": 3}), (movie, {"fps": "15"}), (plates, {}), (plates, {"step": 3, "frames": [4, 17]})],
    ids=["step 3", "15 of 29.97", "plates from 1001", "step 3 of plates 1004 to 1017"],
)
def test_the_relief_shows_the_last_computed_frame(library, tmp_path: Path, footage, options) -> None:
    result = library.load_result(estimate(tmp_path / "clip.depth", footage(tmp_path), DISPARITY, **options))
    scene = bpy.context.scene
    relief = library.create_relief(scene, result, library.SceneSettings(range_mode="CLIP"))
    control(relief, "Range Min", 0.0)
    control(relief, "Range Max", 1.0)
    first = options.get("frames", [1, FRAMES])[0]
    assert result.numbers[0] == first and result.numbers[-1] <= FRAMES
    assert 0 < len(result.numbers) <= FRAMES / options.get("step", 1) + 1
    for frame in range(-10, FRAMES + 30):
        scene.frame_set(frame)
        shown = max((number for number in result.numbers if number <= frame), default=first)
        disparity = DISPARITY[shown - 1, 0, 0]
        wanted = 1 / (1 / 20 + (1 - 1 / 20) * disparity)
        depth = -positions(relief)[:, 2]
        assert len(depth) == 48 * 32 and depth == pytest.approx(wanted, rel=1e-5)
