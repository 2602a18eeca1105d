# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator: what the library does, from scripts and from the panel, with nothing of the artist's file changed."""

from __future__ import annotations

import types

import bpy
import pytest

from tests.blender_addon.export.conftest import FRAMES
from tests.blender_addon.export.shown import read_ply
from tests.blender_addon.ui.recorder import draw

NAMES = ["ALEMBIC", "USD", "GLTF", "PLY", "PC2", "MDD"]


def inventory():
    """Everything in the file by name, the frame, the selection and every key."""
    scene = bpy.context.scene
    blocks = {repr(block) for block in bpy.data.user_map()}
    selected = {shown.name: shown.select_get() for shown in scene.objects}
    keys = {
        (action.name, curve.data_path, curve.array_index, tuple(point.co[:]))
        for action in bpy.data.actions
        for curve in _curves(action)
        for point in curve.keyframe_points
    }
    inputs = {
        (shown.name, modifier.name, key): repr(modifier[key])
        for shown in scene.objects
        for modifier in shown.modifiers
        for key in modifier.keys()  # noqa: SIM118  a modifier is no dictionary
    }
    drivers = {s.name: len(s.animation_data.drivers) for s in scene.objects if s.animation_data}
    state = (scene.frame_current, scene.frame_start, scene.frame_end, scene.camera.name, scene.render.fps)
    return blocks, selected, keys, inputs, drivers, state, len(bpy.app.handlers.frame_change_pre)


def _curves(action):
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    return [c for layer in action.layers for strip in layer.strips for bag in strip.channelbags for c in bag.fcurves]


@pytest.mark.parametrize("name", NAMES)
def test_it_writes_what_the_library_writes_and_leaves_the_scene_alone(made, write, name, tmp_path, library) -> None:
    shown = made(edge_cut=0.1)
    shown.select_set(False)
    bpy.context.scene.frame_set(5)
    by_library = [file.read_bytes() for file in write(shown, name, surface="FROZEN", freeze=2, step=2).files]
    before = inventory()
    path = tmp_path / "operator" / "out"
    path.parent.mkdir()
    done = bpy.ops.sequencer.depth_export(
        filepath=str(path), format=name, surface="FROZEN", freeze=2, step=2, check_existing=False
    )
    assert done == {"FINISHED"} and inventory() == before
    files = [file for file in sorted(path.parent.rglob("*")) if file.is_file()]
    assert len(files) == len(by_library)
    if name not in ("ALEMBIC", "USD"):  # these note the time of writing, or a temporary name
        assert [file.read_bytes() for file in files] == by_library


def test_a_part_of_the_frames(made, tmp_path) -> None:
    made("points")
    bpy.ops.sequencer.depth_export(
        filepath=str(tmp_path / "part"), format="PLY", use_range=True, frame_start=3, frame_end=6, step=3
    )
    assert sorted(file.name for file in (tmp_path / "part").iterdir()) == ["part.000003.ply", "part.000006.ply"]


def test_the_name_s_extension_is_that_of_the_format(made, tmp_path) -> None:
    made()
    bpy.ops.sequencer.depth_export(filepath=str(tmp_path / "a clip.glb"), format="GLTF")
    assert [file.name for file in tmp_path.glob("*.glb")] == ["a_clip.glb"]


def test_presets_set_what_suits_a_program(made, exports, tmp_path) -> None:
    made()
    choices = bpy.context.scene.estimate_depth_export
    assert choices.preset == "CUSTOM" or choices.preset in exports.PRESETS
    for name, preset in exports.PRESETS.items():
        choices.preset = name
        assert (choices.preset, choices.format, choices.up) == (name, preset.format, preset.up)
        assert choices.scale == preset.scale and choices.budget * exports.MEGABYTE == preset.budget
    choices.scale = 3.0
    assert choices.preset == "CUSTOM"
    bpy.ops.sequencer.depth_export(filepath=str(tmp_path / "out"), preset="THREE")
    assert (tmp_path / "out.glb").exists()


def test_other_objects_are_refused_with_a_reason(made, tmp_path) -> None:
    with pytest.raises(RuntimeError, match="Select a relief or points made from a result"):
        bpy.ops.sequencer.depth_export(filepath=str(tmp_path / "out"))
    shown = made()
    bpy.context.view_layer.objects.active = shown.parent
    with pytest.raises(RuntimeError, match="Select a relief or points made from a result"):
        bpy.ops.sequencer.depth_export(filepath=str(tmp_path / "out"))
    bpy.context.view_layer.objects.active = shown
    shown.modifiers.remove(shown.modifiers[0])
    with pytest.raises(RuntimeError, match="has lost its Depth modifier"):
        bpy.ops.sequencer.depth_export(filepath=str(tmp_path / "out"))


def test_a_failure_leaves_no_file_and_no_trace(made, exports, tmp_path, monkeypatch, contract) -> None:
    shown = made()
    bpy.context.scene.frame_set(5)
    (tmp_path / "out.abc").write_text("an earlier export")
    before = inventory()
    kind = exports.FORMATS["ALEMBIC"]
    real = kind.sampler

    def broken(*given):
        sampler = real(*given)
        sample = sampler.sample

        def at(frame):
            if frame == 4:
                raise contract.DepthError(contract.ExitCode.BAD_INPUT, "Frame 4 is broken.")
            return sample(frame)

        sampler.sample = at
        return sampler

    monkeypatch.setattr(kind, "sampler", broken)
    with pytest.raises(RuntimeError, match="Frame 4 is broken"):
        bpy.ops.sequencer.depth_export(filepath=str(tmp_path / "out.abc"), format="ALEMBIC")
    assert inventory() == before and shown.modifiers[0].node_group
    assert [file.name for file in tmp_path.iterdir()] == ["out.abc"]
    assert (tmp_path / "out.abc").read_text() == "an earlier export"


def test_a_damaged_export_is_noticed(made, exports, write, monkeypatch, contract, tmp_path) -> None:
    """Every frame that is frozen to the first one, the classic failure, is found by reading the file again."""
    shown = made()
    monkeypatch.setattr(exports.ExportSettings, "held", lambda self, frame: self.first)
    for name in ("ALEMBIC", "USD"):
        with pytest.raises(contract.DepthError, match="differs from the scene's"):
            write(shown, name)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_too_small_is_said_before(made, write, monkeypatch, contract, module_of) -> None:
    files = module_of("export.files")
    monkeypatch.setattr(files.shutil, "disk_usage", lambda path: files.shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(contract.DepthError, match=r"needs about .* but the disk has 0 MB free"):
        write(made(), "PLY")


def test_the_panel_tells_the_size_or_why_not(made) -> None:
    panel = bpy.types.VIEW3D_PT_depth_export
    assert "Select a relief or points made from a result" in draw(panel).labels
    shown = made(edge_cut=0.2)
    choices = bpy.context.scene.estimate_depth_export
    choices.format = "ALEMBIC"
    drawn = draw(panel)
    assert shown.name in drawn.labels and str(FRAMES) in drawn.labels
    assert any(label.startswith("About ") for label in drawn.labels)
    assert drawn.operators == ["sequencer.depth_export"]
    choices.format = "GLTF"
    assert "but Edge Cut opens each frame differently: choose Whole or Frozen" in draw(panel).text
    choices.surface = "FROZEN"
    drawn = draw(bpy.types.SEQUENCER_PT_depth_export)
    assert "freeze" in drawn.props and "budget" in drawn.props and any("About" in label for label in drawn.labels)


def test_points_keep_their_colors_through_the_operator(made, tmp_path) -> None:
    made("points")
    bpy.ops.sequencer.depth_export(filepath=str(tmp_path / "cloud"), format="PLY", colors="NONE")
    assert read_ply(tmp_path / "cloud" / "cloud.000001.ply")[0].dtype.names == ("x", "y", "z")


def test_the_button_asks_for_a_file_with_the_scene_s_settings(made, module_of, monkeypatch, tmp_path) -> None:
    """Without a window the file browser cannot open: what it would be given is looked at."""
    made()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    choices = bpy.context.scene.estimate_depth_export
    choices.format, choices.step, choices.scale = "USD", 3, 2.0
    operators = module_of("operators.export")
    asked = []
    manager = types.SimpleNamespace(fileselect_add=asked.append)
    context = types.SimpleNamespace(scene=bpy.context.scene, view_layer=bpy.context.view_layer, window_manager=manager)
    button = types.SimpleNamespace(
        filepath="/elsewhere/earlier.abc", properties=types.SimpleNamespace(is_property_set=lambda name: False)
    )
    assert operators.ExportOperator.invoke(button, context, None) == {"RUNNING_MODAL"}
    assert asked == [button] and (button.format, button.step, button.scale) == ("USD", 3, 2.0)
    assert button.filepath == str(tmp_path / "clip_Relief.usdc")
    for name, wanted in (("GLTF", "clip_Relief.glb"), ("PLY", "clip_Relief")):
        button.format = name
        assert operators.ExportOperator.check(button, context) and button.filepath == str(tmp_path / wanted)
        assert not operators.ExportOperator.check(button, context)
