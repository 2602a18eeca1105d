# SPDX-License-Identifier: GPL-3.0-or-later
"""Relighting: how it is set up, and the live controls of what takes the light."""

from __future__ import annotations

import bpy

from .. import compat
from ..operators.ids import Operator
from ..properties import settings_of
from ..scene.nodes.lit import CONTROLS
from ..scene.relight import relit_controls
from .layout import layout_of, paragraph
from .nodes import draw_inputs
from .panels import DepthPanel
from .strip_result import draw_no_result, strip_result
from .tasks import draw_task


class SEQUENCER_PT_depth_relight(DepthPanel, bpy.types.Panel):
    bl_label = "Relighting"
    bl_parent_id = "SEQUENCER_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, shown, folder = layout_of(self), compat.sequencer_scene(context), strip_result(context)
        if shown is None or folder is None:
            draw_no_result(layout)
            return
        how = settings_of(shown).relight
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.row().prop(how, "variant", expand=True)
        for name in ("light", "smooth", "composite", "match_render", "shadow_catcher"):
            layout.prop(how, name)
        if not draw_task(layout, context, folder, "normals"):
            layout.operator(Operator.RELIGHT, icon="LIGHT").folder = str(folder)
        nodes = relit_controls(folder.name)
        if nodes and how.changes:
            paragraph(layout, context, f"Also {how.changes}", "INFO")
        for node in nodes:
            draw_inputs(layout, node, [spec.name for spec in CONTROLS])
