# SPDX-License-Identifier: GPL-3.0-or-later
"""Relit footage against Cycles' own render of the true geometry under the same light."""

from __future__ import annotations

import math
from types import ModuleType

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.relit import GREY, SUNS, VIEW, Truth, make_truth, normals, shaded


@pytest.fixture(scope="module")
def truth(addon: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return make_truth(tmp_path_factory.mktemp("truth"))


LINEAR_GREY = ((GREY + 0.055) / 1.055) ** 2.4  # the footage is in sRGB


def arranged(library, truth: Truth):
    """The result, and the view and distances of the true scene."""
    result = library.load_result(truth.folder)
    shot = result.manifest.shots[0]
    return result, library.SceneSettings(field_of_view=VIEW, near=1 / shot.p99, far=1 / shot.p1, edge_cut=0.25)


@pytest.fixture
def relit(library, contract, truth: Truth):
    """Sets up relighting in the open file, with nothing of the footage's own light and no key light."""

    def set_up(**how):
        result, settings = arranged(library, truth)
        made = normals(
            contract, truth.folder, field_of_view=math.degrees(VIEW), near=settings.near, far=settings.far, smooth=0
        )
        lit, changes = library.set_up_relighting(
            bpy.context.scene, result, made, settings, library.RelightSettings(**how)
        )
        only_light(lit)
        return lit, changes

    return set_up


def only_light(lit) -> None:
    """Nothing of the footage's own light, no highlights, no key light."""
    for name, value in (("Flatten", 0), ("Keep Original Light", 0), ("Roughness", 1), ("Specular", 0)):
        control(lit, name).default_value = value
    named("Key Light").hide_render = True


def control(lit, name: str):
    """A live control of what takes the light."""
    materials = [item for item in bpy.data.materials if item.name.startswith("Relit")]
    material = lit.data.materials[0] if lit.data.materials else materials[-1]
    return material.node_tree.nodes["Relight"].inputs[name]


def named(ending: str):
    return next(thing for thing in bpy.data.objects if thing.name.endswith(ending))


def correlation(a, b) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.parametrize(("variant", "cast"), [("CARD", False), ("RELIEF", False), ("RELIEF", True)])
def test_it_is_shaded_as_the_true_geometry(relit, truth, tmp_path, variant, cast) -> None:
    """And as the light moves, it changes as the true geometry does. A card is flat, so nothing on it casts a shadow."""
    relit(variant=variant)
    found, seen = {}, np.True_
    for sun in SUNS:
        found[sun], covered = shaded(tmp_path, sun, cast)
        seen = seen & covered
    assert seen.mean() == 1 if variant == "CARD" else seen.mean() > 0.9  # the relief is open at jumps in depth
    wanted = {sun: truth.shading[sun, cast] for sun in SUNS}
    for sun in SUNS:
        assert correlation(found[sun][seen], wanted[sun][seen]) > 0.9
    moved, true_move = found["left"] - found["right"], wanted["left"] - wanted["right"]
    assert correlation(moved[seen], true_move[seen]) > 0.9


@pytest.mark.parametrize("variant", ["CARD", "RELIEF"])
def test_the_operator_gives_the_same_picture_as_the_library(
    relit, library, truth, tmp_path, variant, preferences, sessions
) -> None:
    relit(variant=variant)
    wanted, _ = shaded(tmp_path, "left", True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    result, settings = arranged(library, truth)
    relief = library.create_relief(scene, result, settings)  # the operator goes by what is there
    scene.estimate_depth.relight.variant, scene.estimate_depth.relight.smooth = variant, 0
    scene.estimate_depth.relight.composite = False
    assert bpy.ops.sequencer.depth_relight(folder=str(truth.folder)) == {"FINISHED"}
    lit = named("Relit Card") if variant == "CARD" else relief
    only_light(lit)
    found, _ = shaded(tmp_path, "left", True)
    assert np.abs(found - wanted).max() < 1e-4
    assert bpy.context.view_layer.objects.active == lit
    assert ("hid" in scene.estimate_depth.relight.changes) == (variant == "CARD")


def test_it_composites_over_the_footage_and_says_what_it_changed(library, truth, preferences, sessions) -> None:
    scene = bpy.context.scene
    scene.camera = bpy.data.objects.new("Own", bpy.data.cameras.new("Own"))
    assert bpy.ops.sequencer.depth_relight(folder=str(truth.folder)) == {"FINISHED"}
    assert scene.camera.name.endswith(" Camera")  # another one would see the footage from aside
    assert f"made {scene.camera.name} the scene's camera" in scene.estimate_depth.relight.changes
    assert scene.render.film_transparent and library.compositing_nodes(scene, truth.folder.name)
    assert "made the render 96 × 54" in scene.estimate_depth.relight.changes
    objects, materials = set(bpy.data.objects.keys()), len(bpy.data.materials)
    assert bpy.ops.sequencer.depth_relight(folder=str(truth.folder)) == {"FINISHED"}
    assert set(bpy.data.objects.keys()) == objects and len(bpy.data.materials) == materials
    assert scene.estimate_depth.relight.changes == ""


def test_a_missing_result_is_said(tmp_path, preferences, sessions) -> None:
    with pytest.raises(RuntimeError, match="holds no finished result"):
        bpy.ops.sequencer.depth_relight(folder=str(tmp_path))
    assert not bpy.data.objects


def test_set_up_again_it_keeps_what_the_artist_did(relit) -> None:
    card, _ = relit(variant="CARD", light="SUN")
    light = named("Key Light")
    light.location = (1, 2, 3)
    card["Distance"] = 7.0
    control(card, "Light Level").default_value = 0.33
    again, changes = relit(variant="CARD", light="AREA")
    assert again == card and named("Key Light") == light and light.data.type == "SUN"
    assert tuple(light.location) == (1, 2, 3) and card["Distance"] == 7.0 and changes == []
    assert control(card, "Light Level").default_value == pytest.approx(0.33)
    relief, changes = relit(variant="RELIEF")
    assert changes == [f"hid {card.name}"] and card.hide_render and not relief.hide_render
    card_again, _ = relit(variant="CARD")
    assert card_again == card and relief.hide_render and not card.hide_render


def test_the_card_fills_the_view_at_any_distance_and_with_any_lens(relit) -> None:
    card, _ = relit(variant="CARD")
    for distance, degrees in ((2.0, 50), (9.0, 20)):
        card["Distance"] = distance
        card.update_tag()
        bpy.context.scene.camera.data.angle = math.radians(degrees)
        bpy.context.view_layer.update()
        placed = card.evaluated_get(bpy.context.evaluated_depsgraph_get())
        assert tuple(placed.location) == pytest.approx((0, 0, -distance))
        assert tuple(placed.scale) == pytest.approx((2 * distance * math.tan(math.radians(degrees) / 2),) * 3, rel=1e-5)


def test_shadows_only_makes_a_shadow_catcher(relit) -> None:
    relief, _ = relit(variant="RELIEF", shadow_catcher=True)
    assert relief.is_shadow_catcher
    relit(variant="RELIEF")
    assert not relief.is_shadow_catcher


def test_flatten_divides_the_footage_by_its_own_lighting(relit, tmp_path) -> None:
    """Grey footage has an even light of its own, so flattening brings it to the light level that is asked for."""
    card, _ = relit(variant="CARD")
    before, _ = shaded(tmp_path, "left", False)
    control(card, "Flatten").default_value = 1
    control(card, "Light Level").default_value = 0.6
    after, _ = shaded(tmp_path, "left", False)
    lit = before > 0.01
    assert np.median(after[lit] / before[lit]) == pytest.approx(0.6 / LINEAR_GREY, rel=0.05)


def test_keep_original_light_shows_the_footage_as_filmed(relit, tmp_path) -> None:
    card, _ = relit(variant="CARD")
    control(card, "Keep Original Light").default_value = 1
    found, _ = shaded(tmp_path, "left", False)
    assert np.abs(found - LINEAR_GREY).max() < 0.01
