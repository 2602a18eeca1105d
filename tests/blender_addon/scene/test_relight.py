# SPDX-License-Identifier: GPL-3.0-or-later
"""Relit footage against Cycles' own render of the true geometry under the same light."""

from __future__ import annotations

import math
from types import ModuleType

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.relit import SUNS, VIEW, Truth, make_truth, normals, shaded


@pytest.fixture(scope="module")
def truth(addon: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return make_truth(tmp_path_factory.mktemp("truth"))


@pytest.fixture
def relit(library, contract, truth: Truth):
    """Sets up relighting in the open file, with nothing of the footage's own light and no key light."""

    def set_up(**how):
        result = library.load_result(truth.folder)
        shot = result.manifest.shots[0]
        settings = library.SceneSettings(field_of_view=VIEW, near=1 / shot.p99, far=1 / shot.p1, edge_cut=0.2)
        made = normals(
            contract, truth.folder, field_of_view=math.degrees(VIEW), near=settings.near, far=settings.far, smooth=0
        )
        lit, changes = library.set_up_relighting(
            bpy.context.scene, result, made, settings, library.RelightSettings(**how)
        )
        group = material(lit).node_tree.nodes["Relight"]
        for name, value in (("Flatten", 0), ("Keep Original Light", 0), ("Roughness", 1), ("Specular", 0)):
            group.inputs[name].default_value = value
        next(thing for thing in bpy.data.objects if thing.name.endswith("Key Light")).hide_render = True
        return lit, changes

    return set_up


def material(lit):
    slots = lit.data.materials
    return slots[0] if slots else next(m for m in bpy.data.materials if m.name.startswith("Relit"))


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
