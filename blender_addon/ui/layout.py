# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces that several panels draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import bpy

from ..operators.ids import Operator
from .text import lines

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems as Icon

CHARACTER_PIXELS = 7.5  # of the interface font at its usual size
USUAL_WIDTH = 300


class DepthPanel:
    """Where the add-on's panels are."""

    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Depth"


class RowList:
    """A list whose rows show what the session knows of a job folder, or of another thing with a name."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any | None,
        item: Any | None,
        icon: int | None,
        active_data: Any,
        active_property: str | None,
        index: int | None = 0,
        flt_flag: int | None = 0,
    ) -> None:
        if item is not None:
            self.draw_row(layout, item.name)

    def draw_row(self, layout: bpy.types.UILayout, name: str) -> None:
        raise NotImplementedError


def layout_of(
    owner: bpy.types.Panel | bpy.types.Menu | bpy.types.AddonPreferences | bpy.types.Operator,
) -> bpy.types.UILayout:
    """The layout that Blender gives to every draw."""
    return cast(bpy.types.UILayout, owner.layout)


def paragraph(
    layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: Icon = "NONE", width: float | None = None
) -> None:
    """A sentence, broken to `width`, in pixels of a usual screen, or to the region's; the icon stands before it."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(lines(text, int((width or region_width(context)) / CHARACTER_PIXELS) - 4)):
        column.label(text=line, icon=icon if number == 0 else "BLANK1" if icon != "NONE" else "NONE")


def region_width(context: bpy.types.Context) -> float:
    """In pixels of a usual screen."""
    scale = cast("bpy.types.Preferences", context.preferences).system.ui_scale or 1.0  # 0 without a window
    region = cast("bpy.types.Region | None", context.region)
    return region.width / scale if region else USUAL_WIDTH


def fact(layout: bpy.types.UILayout, name: str, value: str) -> None:
    """A name and its value, in line with the properties."""
    named(layout, name).label(text=value)


def named(layout: bpy.types.UILayout, name: str) -> bpy.types.UILayout:
    """A name, and room for what stands beside it, in line with the properties."""
    split = layout.split(factor=0.4)
    left = split.row()
    left.alignment = "RIGHT"
    left.label(text=name)
    return split


def job_button(
    layout: bpy.types.UILayout, operator: Operator, folder: str, icon: Icon = "NONE", text: str | None = None
) -> None:
    """A button on one job."""
    button = layout.operator(operator, icon=icon) if text is None else layout.operator(operator, icon=icon, text=text)
    button.folder = folder
