# SPDX-License-Identifier: GPL-3.0-or-later
"""Export: in the Sequencer and in the 3D View, for the active relief or points."""

from __future__ import annotations

from typing import cast

import bpy

from .. import export
from ..engine.contract import DepthError
from ..export.choices import ExportChoices, choices_of
from ..figures import data_size
from ..operators.export import ExportOperator, active_object
from ..operators.ids import Operator
from .layout import fact, layout_of, paragraph
from .panels import DepthPanel
from .view3d import ObjectPanel


def draw_choices(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    choices: ExportChoices,
    shown: bpy.types.Object | None,
    *,
    whole: bool,
) -> bool:
    """The settings, and the size that they give; returns whether the export can be made.

    whole: also what is asked for only when the file is chosen.
    """
    scene = cast("bpy.types.Scene", context.scene)
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.prop(choices, "format")
    kind = export.FORMATS[choices.format]
    _draw_frames(layout, choices)
    layout.prop(choices, "surface")
    if choices.surface == "FROZEN":
        layout.prop(choices, "freeze")
    layout.prop(choices, "colors")
    if choices.format == "GLTF":
        layout.prop(choices, "budget")
    if whole:
        _draw_space(layout, choices, kind)
    if export.refusal(shown):
        return False
    source = export.find_source(scene, shown)
    settings = choices.settings(scene, source)
    return _draw_size(layout, context, source, choices.format, settings)


def _draw_frames(layout: bpy.types.UILayout, choices: ExportChoices) -> None:
    layout.prop(choices, "use_range")
    if choices.use_range:
        column = layout.column(align=True)
        column.prop(choices, "frame_start")
        column.prop(choices, "frame_end")
    layout.prop(choices, "step")


def _draw_space(layout: bpy.types.UILayout, choices: ExportChoices, kind: export.Format) -> None:
    if kind.holds_camera:
        layout.prop(choices, "camera")
    layout.prop(choices, "scale")
    if kind.axes is None:
        layout.prop(choices, "forward")
        layout.prop(choices, "up")
    if kind.holds_rate:
        layout.prop(choices, "rate")


def _draw_size(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    source: export.Source,
    name: str,
    settings: export.ExportSettings,
) -> bool:
    reason, size = export.format_refusal(source, name, settings), 0
    try:
        size = size if reason else export.estimate_bytes(source, name, settings)
    except DepthError as error:
        reason = f"{error.message} {error.hint}"
    if reason:
        paragraph(layout, context, reason, "INFO")
        return False
    fact(layout, "Frames", str(len(settings.frames)))
    fact(layout, "Size", f"About {data_size(size)}")
    return True


class SEQUENCER_OT_depth_export(ExportOperator):
    """Export the active relief or points, frame by frame, to files for other programs"""

    def draw(self, context: bpy.types.Context) -> None:
        draw_choices(layout_of(self), context, self, active_object(context), whole=True)


def _draw_panel(panel: bpy.types.Panel, context: bpy.types.Context) -> None:
    layout, shown = layout_of(panel), active_object(context)
    reason = export.refusal(shown)
    if shown is None or reason:
        layout.label(text=reason, icon="INFO")
        return
    choices = choices_of(cast("bpy.types.Scene", context.scene))
    layout.label(text=shown.name, icon="OBJECT_DATA")
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(choices, "preset")
    can = draw_choices(column, context, choices, shown, whole=False)
    row = layout.row()
    row.enabled = can
    row.operator(Operator.EXPORT, text="Export…", icon="EXPORT")


class SEQUENCER_PT_depth_export(DepthPanel, bpy.types.Panel):
    bl_label = "Export"
    bl_parent_id = "SEQUENCER_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        _draw_panel(self, context)


class VIEW3D_PT_depth_export(ObjectPanel, bpy.types.Panel):
    bl_label = "Export"
    bl_parent_id = "VIEW3D_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        _draw_panel(self, context)


CLASSES: tuple[type[bpy.types.Panel | bpy.types.Operator], ...] = (
    SEQUENCER_OT_depth_export,
    SEQUENCER_PT_depth_export,
    VIEW3D_PT_depth_export,
)
