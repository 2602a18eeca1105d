# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib

import bpy
import pytest

SPACES = ("SEQUENCER", "VIEW3D", "OBJECT")
OURS = (
    *(f"{space}_{kind}_depth" for space in SPACES for kind in ("PT", "OT")),
    "ESTIMATE_DEPTH",
    "DepthSettings",
    "DepthRelightSettings",
    "DepthModelWeights",
)


def registered():
    """Everything that the add-on can leave in Blender."""
    types = {name for name in dir(bpy.types) if name.startswith(OURS)}
    modules = ("sequencer", "object")
    operators = {f"{m}.{name}" for m in modules for name in dir(getattr(bpy.ops, m)) if name.startswith("depth_")}
    handlers = {
        (kind, handler.__name__)
        for kind in ("load_pre", "load_post")
        for handler in getattr(bpy.app.handlers, kind)
        if "estimate_depth" in handler.__module__
    }
    return types, operators, handlers, hasattr(bpy.types.Scene, "estimate_depth")


@pytest.fixture
def registration(addon):
    return importlib.import_module(f"{addon.__name__}.registration")


def test_everything_is_registered(registration):
    types, operators, handlers, settings = registered()
    assert {"SEQUENCER_PT_depth", "SEQUENCER_PT_depth_jobs", "VIEW3D_PT_depth"} <= types
    ids = importlib.import_module(f"{registration.__package__}.operators.ids").Operator
    assert operators == {str(name) for name in ids}
    assert len(handlers) == 2 and settings


def test_disabling_twice_and_enabling_twice_leaves_nothing_behind(registration):
    before = registered()
    for _ in range(2):
        registration.unregister()
        try:
            assert registered() == (set(), set(), set(), False)
        finally:
            registration.register()
        assert registered() == before


def test_operators_and_panels_follow_blender_s_guidelines(registration):
    for kind in registration.CLASSES:
        if issubclass(kind, bpy.types.Operator):
            assert kind.__doc__ and not kind.__doc__.endswith("."), f"{kind} needs a tooltip without a period"
        if issubclass(kind, (bpy.types.Operator, bpy.types.Panel)):
            label = kind.bl_label.replace(" with ", " With ").replace(" to ", " To ").replace(" from ", " From ")
            assert label.istitle(), f"{kind.bl_label} is not in title case"


def test_settings_have_title_case_names_and_tooltips_without_a_period(addon):
    preferences = bpy.context.preferences.addons[addon.__name__].preferences
    scene = bpy.context.scene
    calibration = scene.estimate_depth_calibration
    owners = (scene.estimate_depth, calibration, calibration.points.add(), preferences, preferences.add_weights("any"))
    for owner in owners:
        for prop in [prop for prop in owner.bl_rna.properties if prop.is_runtime]:
            assert prop.description and not prop.description.endswith("."), prop.identifier
            assert prop.name.replace(" of ", " Of ").istitle(), prop.name
