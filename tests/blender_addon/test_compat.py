# SPDX-License-Identifier: GPL-3.0-or-later
"""The same calls do the same in every Blender version."""

from __future__ import annotations

import importlib
from types import ModuleType

import bpy
import pytest


@pytest.fixture(scope="module")
def compat(addon: ModuleType) -> ModuleType:
    return importlib.import_module(f"{addon.__name__}.compat")


@pytest.fixture
def scene() -> bpy.types.Scene:
    bpy.context.scene.sequence_editor_create()
    return bpy.context.scene


def show_in_sequencer(scene: bpy.types.Scene | None) -> None:
    workspace = bpy.context.window_manager.windows[0].workspace
    if hasattr(workspace, "sequencer_scene"):
        workspace.sequencer_scene = scene


def test_strips_of_the_editor_and_of_meta_strips(compat, scene):
    editor = scene.sequence_editor
    meta = compat.strips(editor).new_meta("meta", 2, 1)
    compat.new_effect(meta, "inside", "COLOR", 1, (1, 5))
    assert [strip.name for strip in compat.strips(editor)] == ["meta"]
    assert [strip.name for strip in compat.strips(meta)] == ["inside"]
    assert {strip.name for strip in compat.all_strips(editor)} == {"meta", "inside"}


@pytest.mark.parametrize("handles", [(5, 9), (-20, 3), (40, 60), (12, 13)])
def test_handles(compat, scene, handles):
    strip = compat.new_effect(scene.sequence_editor, "made", "COLOR", 1, (10, 30))
    assert compat.handles(strip) == (10, 30)
    compat.set_handles(strip, *handles)
    assert compat.handles(strip) == handles


def test_effects_with_inputs(compat, scene):
    made = [compat.new_effect(scene.sequence_editor, "made", "COLOR", number, (1, 9)) for number in (1, 2)]
    cross = compat.new_effect(scene.sequence_editor, "cross", "CROSS", 3, (1, 9), tuple(made))
    assert (cross.input_1, cross.input_2) == tuple(made)
    assert compat.handles(cross) == (1, 9)


def test_active_strip(compat, scene):
    show_in_sequencer(scene)
    assert compat.sequencer_scene(bpy.context) == scene
    scene.sequence_editor.active_strip = None
    assert compat.active_strip(bpy.context) is None
    strip = compat.new_effect(scene.sequence_editor, "made", "COLOR", 1, (1, 9))
    scene.sequence_editor.active_strip = strip
    assert compat.active_strip(bpy.context) == strip


def test_a_sequencer_without_a_scene(compat, scene):
    """From 5.0 on the sequencer may show no scene at all, whatever the window's scene is."""
    show_in_sequencer(None)
    expected = None if hasattr(bpy.context.window_manager.windows[0].workspace, "sequencer_scene") else scene
    assert compat.sequencer_scene(bpy.context) == expected
    assert compat.active_strip(bpy.context) is None


def test_file_formats(compat, scene):
    compat.set_file_format(scene.render, "FFMPEG", "VIDEO")
    assert scene.render.image_settings.file_format == "FFMPEG"
    compat.set_file_format(scene.render, "PNG", "IMAGE")
    assert scene.render.image_settings.file_format == "PNG"


def test_curves_of_an_action(compat):
    owner = bpy.data.objects.new("moved", None)
    owner.keyframe_insert("location", frame=1)
    curves = compat.action_fcurves(owner.animation_data.action)
    assert [(curve.data_path, curve.array_index) for curve in curves] == [("location", axis) for axis in range(3)]
    assert compat.action_fcurves(bpy.data.actions.new("empty")) == []
    other = bpy.data.objects.new("turned", None)
    other.animation_data_create().action = owner.animation_data.action
    other.keyframe_insert("scale", index=0, frame=1)
    found = {curve.data_path for curve in compat.action_fcurves(owner.animation_data.action)}
    assert found == {"location", "scale"}


def test_white_balance(compat, scene):
    view = scene.view_settings
    if hasattr(view, "use_white_balance"):
        view.use_white_balance = True
    compat.disable_white_balance(view)
    assert not getattr(view, "use_white_balance", False)
