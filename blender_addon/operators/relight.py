# SPDX-License-Identifier: GPL-3.0-or-later
"""Relighting: the engine makes normals and lighting of a result, then the footage takes light in the scene."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import bpy

from .. import compat, scene
from ..engine import contract
from ..engine.contract import DepthError, ExitCode
from ..properties import DepthRelightSettings, settings_of
from .base import Returned, TaskOperator
from .ids import Operator
from .results import ResultOperator

EDGE_CUT = 0.25  # of a relief that is made for light: across jumps it would cast shadows that nothing casts


class SEQUENCER_OT_depth_relight(TaskOperator, ResultOperator):
    """Let lights of the scene fall on the footage: normals from its depth, its own lighting flattened, a key light"""

    bl_idname = Operator.RELIGHT
    bl_label = "Set Up Relighting"

    def request(self, context: bpy.types.Context) -> contract.NormalsJob:
        folder = self.result_folder(context)
        shown = compat.sequencer_scene(context) or cast("bpy.types.Scene", context.scene)
        self._folder, self._settings = folder, shown.name
        self._target = cast("bpy.types.Scene", context.scene).name
        wanted = _scene_settings(cast("bpy.types.Scene", context.scene), scene.load_result(folder), shown)
        return contract.NormalsJob(
            str(folder), math.degrees(wanted.field_of_view), wanted.near, wanted.far, settings_of(shown).relight.smooth
        )

    def finish(self) -> Callable[[contract.Answer], None]:
        folder, target, settings = self._folder, self._target, self._settings
        return lambda answer: _set_up(cast("contract.NormalsAnswer", answer), folder, target, settings)

    def execute(self, context: bpy.types.Context) -> Returned:
        returned = super().execute(context)
        if "FINISHED" in returned:
            changes = settings_of(bpy.data.scenes[self._settings]).relight.changes
            self.report({"INFO"}, f"Set up relighting; {changes}" if changes else "Set up relighting")
        return returned


def _scene_settings(target: bpy.types.Scene, result: scene.Result, shown: bpy.types.Scene) -> scene.SceneSettings:
    usual = scene.SceneSettings(field_of_view=settings_of(shown).field_of_view, edge_cut=EDGE_CUT)
    return scene.existing_settings(target, result, usual)


def _set_up(answer: contract.NormalsAnswer, folder: Path, target_name: str, settings_name: str) -> None:
    target, shown = (bpy.data.scenes.get(name) for name in (target_name, settings_name))
    if target is None or shown is None:
        raise DepthError(ExitCode.USAGE, f"The scene {target_name} is gone.", "Press Set Up Relighting again.")
    result, how = scene.load_result(folder), settings_of(shown).relight
    wanted = _scene_settings(target, result, shown)
    lit, changes = scene.set_up_relighting(target, result, answer, wanted, _choices(how))
    if how.composite:
        compositing = scene.CompositingSettings(picture="OVER", fog=False)
        changes += scene.set_up_compositing(target, result, wanted, compositing)
    how.changes = ", ".join(changes)
    for layer in cast("Any", target.view_layers):
        layer.update()  # or it does not know what was just made
        if lit.name in layer.objects:
            layer.objects.active = lit


def _choices(how: DepthRelightSettings) -> scene.RelightSettings:
    return scene.RelightSettings(how.variant, how.light, how.shadow_catcher, how.match_render)
