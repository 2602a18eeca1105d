# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab Depth in the 3D View's sidebar: the live controls of the active relief or points.

They are the modifier's own inputs, so they are keyed and driven there as anywhere; an input that an earlier version's
group lacks is left out.
"""

from __future__ import annotations

from typing import cast

import bpy

from ..operators.ids import Operator
from ..scene.marks import is_marked
from ..scene.nodes import FLAT, MASK_OFF, SIZE_WORLD, get_input, has_input, input_property
from ..scene.playback import find_player
from .layout import layout_of


class ObjectPanel:
    """Where the panels are of what was made from a result."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Depth"


class VIEW3D_PT_depth(ObjectPanel, bpy.types.Panel):
    bl_label = "Depth"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.active_object is not None and is_marked(context.active_object)

    def draw(self, context: bpy.types.Context) -> None:
        layout = layout_of(self)
        active = cast("bpy.types.Object", context.active_object)
        layout.label(text=active.name, icon="OBJECT_DATA")
        modifier = find_player(active)
        if modifier is None:
            return
        column = _column(layout)
        in_space = get_input(modifier, "Projection") != FLAT
        _draw(column, modifier, "Projection", "Near", "Far")
        ranged = column.column()
        ranged.active = not (get_input(modifier, "Metric") and in_space)  # metric depth there knows no range
        _draw(ranged, modifier, "Range Min", "Range Max", "Invert")
        _draw(column, modifier, "Time Smoothing")


class ControlsPanel(ObjectPanel):
    """A part of the controls, closed by default; only for objects that have the one that is needed."""

    bl_parent_id = "VIEW3D_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}
    needed = ""
    controls: tuple[str, ...] = ()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        modifier = find_player(context.active_object) if context.active_object else None
        return modifier is not None and has_input(modifier, cls.needed)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw all of them; more in panels that say when some do not count."""
        _draw(_column(_layout(self)), _active_player(context), *self.controls)


class VIEW3D_PT_depth_cut(ControlsPanel, bpy.types.Panel):
    bl_label = "Cut"
    needed = "Edge Cut"
    controls = ("Edge Cut", "Grazing Cut", "Sky Cut", "Crop Near", "Crop Far", "Cut Softness")


class VIEW3D_PT_depth_mask(ControlsPanel, bpy.types.Panel):
    bl_label = "Mask"
    needed = "Mask From"

    def draw(self, context: bpy.types.Context) -> None:
        layout, modifier = _layout(self), _active_player(context)
        image = cast("bpy.types.Image | None", get_input(modifier, "Mask"))
        row = layout.row(align=True)
        row.operator(Operator.SET_MASK, text=image.name if image else None, icon="IMAGE_ALPHA")
        if image:
            row.operator(Operator.CLEAR_MASK, text="", icon="X")
        layout.operator(Operator.MASK_FROM_STRIP, icon="SEQUENCE")
        column = _column(layout)
        masked = column.column()
        masked.active = image is not None
        _draw(masked, modifier, "Mask From")
        inverted = masked.column()
        inverted.active = get_input(modifier, "Mask From") != MASK_OFF
        _draw(inverted, modifier, "Invert Mask")
        _draw(column, modifier, "Hold-Out")


class VIEW3D_PT_depth_grid(ControlsPanel, bpy.types.Panel):
    bl_label = "Grid"
    needed = "Vertex Colors"
    controls = ("Stride", "Vertex Colors")


class VIEW3D_PT_depth_points(ControlsPanel, bpy.types.Panel):
    bl_label = "Points"
    needed = "Size Mode"

    def draw(self, context: bpy.types.Context) -> None:
        column, modifier = _column(_layout(self)), _active_player(context)
        in_world = get_input(modifier, "Size Mode") == SIZE_WORLD
        _draw(column, modifier, "Stride", "Density", "Size Mode")
        _draw(column, modifier, "Point Radius" if in_world else "Point Size", "UV Map")


def _layout(panel: ControlsPanel) -> bpy.types.UILayout:
    return layout_of(cast("bpy.types.Panel", panel))


def _column(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    layout.use_property_split = True
    return layout.column()


def _active_player(context: bpy.types.Context) -> bpy.types.NodesModifier:
    return cast("bpy.types.NodesModifier", find_player(cast("bpy.types.Object", context.active_object)))


def _draw(layout: bpy.types.UILayout, modifier: bpy.types.NodesModifier, *names: str) -> None:
    for name in names:
        if has_input(modifier, name):
            layout.prop(*input_property(modifier, name), text=name)


CLASSES: tuple[type[bpy.types.Panel], ...] = (
    VIEW3D_PT_depth,
    VIEW3D_PT_depth_cut,
    VIEW3D_PT_depth_mask,
    VIEW3D_PT_depth_grid,
    VIEW3D_PT_depth_points,
)
