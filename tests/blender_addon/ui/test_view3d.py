# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab Depth in the 3D View: the active object's live controls."""

from __future__ import annotations

import importlib

import bpy
import pytest

from tests.blender_addon.scene.made import control, waves, write_result
from tests.blender_addon.ui.recorder import draw

PANELS = ("depth", "depth_cut", "depth_mask", "depth_grid", "depth_points")


@pytest.fixture
def make(addon, tmp_path):
    """Makes a relief or points and selects it."""
    library = importlib.import_module(f"{addon.__name__}.scene")
    contract = importlib.import_module(f"{addon.__name__}.engine.contract")

    def create(kind, **options):
        folder = write_result(contract, tmp_path / f"{kind}.depth", {1: waves(1)}, **options)
        result = library.load_result(folder)
        made = getattr(library, f"create_{kind}")(bpy.context.scene, result, library.SceneSettings())
        bpy.context.view_layer.objects.active = made
        return made

    return create


def panel(name):
    return getattr(bpy.types, f"VIEW3D_PT_{name}")


def shown():
    return [name for name in PANELS if panel(name).poll(bpy.context)]


def inputs(made):
    """Every control that the modifier has, without what the result itself sets."""
    sockets = made.modifiers[0].node_group.interface.items_tree
    return {item.name for item in sockets if item.item_type == "SOCKET" and item.parent.name != "Source"}


def test_without_a_result_s_object_there_is_nothing():
    assert shown() == []
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Empty", None))
    bpy.context.view_layer.objects.active = bpy.data.objects["Empty"]
    assert shown() == []


@pytest.mark.parametrize(("kind", "last"), [("relief", "depth_grid"), ("points", "depth_points")])
def test_every_control_of_the_modifier_is_there_once(make, kind, last):
    made = make(kind)
    assert shown() == ["depth", "depth_cut", "depth_mask", last]
    drawn = [name for name in shown() for name in draw(panel(name)).props]
    assert len(drawn) == len(set(drawn))
    expected = inputs(made) - {"Geometry", "Mask"}
    assert set(drawn) == (expected - {"Point Radius"} if kind == "points" else expected)


def test_the_size_that_counts_is_shown(make):
    made = make("points")
    assert "Point Size" in draw(panel("depth_points")).props
    control(made, "Size Mode", 1)
    drawn = draw(panel("depth_points")).props
    assert "Point Radius" in drawn and "Point Size" not in drawn


def test_a_mask_is_named_and_can_be_cleared(make, tmp_path):
    make("relief")
    assert draw(panel("depth_mask")).operators == ["object.depth_set_mask", "object.depth_mask_from_strip"]
    image = bpy.data.images.new("matte", 4, 4)
    image.filepath_raw, image.file_format = str(tmp_path / "matte.png"), "PNG"
    image.save()
    bpy.ops.object.depth_set_mask(filepath=image.filepath_raw)
    shown_now = draw(panel("depth_mask")).operators
    assert shown_now == ["object.depth_set_mask", "object.depth_clear_mask", "object.depth_mask_from_strip"]
    bpy.ops.object.depth_clear_mask()
    assert draw(panel("depth_mask")).operators == ["object.depth_set_mask", "object.depth_mask_from_strip"]


def test_the_camera_of_a_result_has_no_controls(make):
    make("relief")
    bpy.context.view_layer.objects.active = bpy.context.scene.camera
    assert shown() == ["depth"]
    assert draw(panel("depth")).props == []


def test_an_object_of_an_earlier_version_keeps_what_it_has(make):
    made = make("relief")
    modifier = made.modifiers[0]
    modifier.node_group = group = modifier.node_group.copy()
    group["estimate_depth_version"] = "RELIEF 1"
    for item in list(group.interface.items_tree):
        if item.name in ("Grazing Cut", "Time Smoothing", "Mask From", "Vertex Colors"):
            group.interface.remove(item)
    assert shown() == ["depth", "depth_cut"]
    assert "Edge Cut" in draw(panel("depth_cut")).props and "Near" in draw(panel("depth")).props
    assert "Time Smoothing" not in draw(panel("depth")).props
