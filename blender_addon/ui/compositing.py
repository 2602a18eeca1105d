# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth compositing: the button, and the live controls of what it put into the compositor."""

from __future__ import annotations

from typing import cast

import bpy

from ..operators.ids import Operator
from ..scene.compositor import compositing_nodes
from .layout import layout_of
from .nodes import draw_inputs
from .panels import DepthPanel
from .strip_result import draw_no_result, strip_result


class SEQUENCER_PT_depth_compositing(DepthPanel, bpy.types.Panel):
    bl_label = "Compositing"
    bl_parent_id = "SEQUENCER_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, folder = layout_of(self), strip_result(context)
        if folder is None:
            draw_no_result(layout)
            return
        layout.operator(Operator.COMPOSITE, icon="NODE_COMPOSITING").folder = str(folder)
        layout.use_property_split = True
        for node in compositing_nodes(cast("bpy.types.Scene", context.scene), folder.name):
            draw_inputs(layout, node)
