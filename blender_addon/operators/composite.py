# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth compositing: fog, defocus and depth merge in the scene's compositor."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import bpy

from .. import compat, scene
from ..properties import settings_of
from .ids import Operator
from .results import ResultOperator

PICTURES = (
    ("FOOTAGE", "Footage", "The footage, or what the compositor puts out already"),
    ("OVER", "Render Over Footage", "The footage under the render, where that is transparent"),
    ("MERGE", "Render Merged by Depth", "Of footage and render what is nearer to the camera"),
)


class SEQUENCER_OT_depth_composite(ResultOperator):
    """Put fog, defocus or a merge by depth into the scene's compositor, after what is there already"""

    bl_idname = Operator.COMPOSITE
    bl_label = "Set Up Depth Compositing"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        picture: scene.compositor.Picture
        fog: bool
        defocus: bool
    else:
        picture: bpy.props.EnumProperty(name="Picture", description="What the effects are put on", items=PICTURES)
        fog: bpy.props.BoolProperty(name="Fog", description="Fade into a color with the distance", default=True)
        defocus: bpy.props.BoolProperty(
            name="Defocus", description="Blur what is off the focus distance, as a lens does"
        )

    def run(self, context: bpy.types.Context) -> None:
        target = cast("bpy.types.Scene", context.scene)
        shown = compat.sequencer_scene(context) or target
        result = scene.load_result(self.result_folder(context))
        usual = scene.SceneSettings(field_of_view=settings_of(shown).field_of_view)
        wanted = scene.existing_settings(target, result, usual)
        how = scene.CompositingSettings(self.picture, self.fog, self.defocus)
        changes = scene.set_up_compositing(target, result, wanted, how)
        told = "Set up depth compositing"
        self.report({"INFO"}, f"{told}; {', '.join(changes)}" if changes else told)
