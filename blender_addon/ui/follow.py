# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the active strip's depth strip still shows the depth of what lies below it."""

from __future__ import annotations

import bpy

from .. import strips
from ..operators.ids import Operator
from .layout import paragraph


def draw_fit(
    layout: bpy.types.UILayout, context: bpy.types.Context, scene: bpy.types.Scene, strip: bpy.types.Strip
) -> None:
    """Nothing where the depth strip fits, else what is wrong and the way out."""
    pairs = strips.depth_strips_of(scene, strip)
    astray = [pair for pair in pairs if not pair.fits]
    if astray:
        box = layout.box()
        box.label(text="The depth strip no longer fits its strip", icon="ERROR")
        if astray[0].place is None:
            paragraph(box, context, astray[0].reason, "BLANK1")
        else:
            box.operator(Operator.FOLLOW, icon="SNAP_ON")
    if pairs and all(pair.lacking for pair in pairs):
        text = "It shows frames that were not estimated: use Estimate Depth"
        if strips.is_depth_strip(strip) and pairs[0].source:
            text = f"{text}, with “{pairs[0].source.name}” active"
        paragraph(layout, context, text, "INFO")
