# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of models in the preferences: what is here, how large it is, what it may be used for."""

from __future__ import annotations

import bpy

from .. import lists, models
from ..figures import data_size
from .layout import RowList, paragraph
from .model import draw_model


class USERPREF_UL_depth_models(RowList, bpy.types.UIList):
    """A line of the list: title, size and licence; a tick before what is here, a warning before a narrow licence."""

    def draw_row(self, layout: bpy.types.UILayout, name: str) -> None:
        model = models.find(name)
        if model is None:
            return
        row = layout.split(factor=0.45)
        row.label(text=model.title, icon="CHECKMARK" if model.installed else "BLANK1")
        right = row.split(factor=0.25)
        right.label(text=data_size(model.size_bytes))
        right.label(text=model.licence, icon="BLANK1" if model.commercial_use else "ERROR")


def draw_models(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The list, and below it the selected model with its download."""
    shown = lists.lists_of(context)
    layout.label(text="Models")
    layout.template_list("USERPREF_UL_depth_models", "", shown, "models", shown, "model", rows=5)
    model = models.find(lists.selected(shown.models, shown.model))
    if model is None:
        return
    paragraph(layout, context, model.summary, "BLANK1")
    draw_model(layout, context, model.name)
    if model.installed and not model.included:
        paragraph(layout, context, f"To remove its weights: depth-engine models remove {model.name}", "CONSOLE")
