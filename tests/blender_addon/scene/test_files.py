# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shutil
from pathlib import Path

import bpy
import numpy as np

from tests.blender_addon.scene.made import attribute, control, evaluated, positions, waves, write_result

CLIP = {number: waves(number) for number in (1, 2, 5)}
COLORS = {1: (0.1, 0.1, 0.1), 2: (0.2, 0.2, 0.2), 5: (0.5, 0.5, 0.5)}


def make_both(library, contract, folder: Path) -> None:
    result = library.load_result(write_result(contract, folder, CLIP, colors=COLORS))
    for create in (library.create_relief, library.create_points):
        create(bpy.context.scene, result, library.SceneSettings(near=2.0))


def seen(frame: int):
    """Positions and colors of the file's relief and points."""
    bpy.context.scene.frame_set(frame)
    relief, points = (bpy.data.objects[f"clip {name}"] for name in ("Relief", "Points"))
    return positions(relief), positions(points), attribute(evaluated(points), "Col", "color", 4)


def test_a_saved_file_opens_as_it_was(library, contract, tmp_path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    make_both(library, contract, tmp_path / "a.depth")
    before = {frame: seen(frame) for frame in (-5, 1, 2, 4, 5, 60)}
    assert not np.array_equal(before[1][0], before[5][0])
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    for frame, wanted in before.items():
        assert all(np.array_equal(found, want) for found, want in zip(seen(frame), wanted))
    control(bpy.data.objects["clip Relief"], "Near", 4.0)  # and it is as live as before
    assert not np.array_equal(seen(1)[0], before[1][0])


def test_file_and_results_move_together(library, contract, tmp_path) -> None:
    old, new = tmp_path / "old", tmp_path / "elsewhere" / "new"
    old.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(old / "shot.blend"))
    make_both(library, contract, old / "depth" / "a.depth")
    before = seen(2)
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    new.parent.mkdir()
    shutil.move(old, new)
    bpy.ops.wm.open_mainfile(filepath=str(new / "shot.blend"))
    assert all(image.filepath.startswith("//") for image in bpy.data.images if image.source == "SEQUENCE")
    assert all(np.array_equal(found, want) for found, want in zip(seen(2), before))


def test_an_unsaved_file_keeps_whole_paths(library, contract, tmp_path) -> None:
    make_both(library, contract, tmp_path / "a.depth")
    images = [image for image in bpy.data.images if image.source == "SEQUENCE"]
    assert {Path(image.filepath) for image in images} == set((tmp_path / "a.depth" / "proxy").glob("*.000001.exr"))


def test_results_share_images_and_node_groups(library, contract, tmp_path) -> None:
    make_both(library, contract, tmp_path / "a.depth")
    result = library.load_result(tmp_path / "a.depth")
    library.create_relief(bpy.context.scene, result, library.SceneSettings())
    assert len([image for image in bpy.data.images if image.source == "SEQUENCE"]) == 2
    assert len(bpy.data.node_groups) == 2


def test_a_result_computed_anew_is_read_anew(library, contract, tmp_path) -> None:
    make_both(library, contract, tmp_path / "a.depth")
    before = seen(1)[0]
    shutil.rmtree(tmp_path / "a.depth")
    folder = write_result(contract, tmp_path / "a.depth", {n: waves(n + 3) for n in CLIP})
    relief = library.create_relief(bpy.context.scene, library.load_result(folder), library.SceneSettings(near=2.0))
    assert not np.array_equal(positions(relief), before)
