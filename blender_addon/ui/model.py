# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel tells about the chosen model, and how its weights come here."""

from __future__ import annotations

import bpy

from .. import compat, models
from ..engine import contract
from ..engine.download import Download
from ..figures import data_size
from ..jobs.session import session
from ..operators.ids import Operator
from ..operators.models import download_refusal
from ..preferences import get_preferences
from ..properties import DepthSettings, settings_of
from .layout import fact, layout_of, named, paragraph
from .text import download_of


class SEQUENCER_MT_depth_models(bpy.types.Menu):
    """The models under their headings, with size and licence."""

    bl_label = "Model"

    def draw(self, context: bpy.types.Context) -> None:
        scene = compat.sequencer_scene(context)
        if scene is None:
            return
        column = layout_of(self).column()  # headings of an enumeration begin columns, and four are wider than a window
        if not models.known:
            column.label(text="The engine has not told its models yet")
        for number, (group, entries) in enumerate(models.grouped().items()):
            if number:
                column.separator()
            column.label(text=group)
            for model in entries:
                column.prop_enum(settings_of(scene), "model_choice", model.name)


def draw_model_menu(layout: bpy.types.UILayout, settings: DepthSettings) -> None:
    """The menu under the model's title alone: its lines are too long for a narrow panel."""
    model = models.find(settings.model)
    title = model.title if model else settings.model
    named(layout, "Model").menu(SEQUENCER_MT_depth_models.__name__, text=title)


def draw_model(layout: bpy.types.UILayout, context: bpy.types.Context, name: str) -> None:
    """The box below the menu: licence, use, size, and whether the weights are here."""
    box = layout.box()
    error, model = session().engine.models_error, models.find(name)
    if error:
        paragraph(box, context, f"The engine did not list its models. {error.message} {error.hint}", "ERROR")
        box.operator(Operator.PLAN_AGAIN, icon="FILE_REFRESH")
    if model:
        _draw_facts(box, context, model)
    elif not error:
        known = bool(models.known)
        text = f"The engine does not know the model “{name}”" if known else "Asking the Engine for Its Models…"
        paragraph(box, context, text, "ERROR" if known else "SORTTIME")


def _draw_facts(layout: bpy.types.UILayout, context: bpy.types.Context, model: contract.ModelEntry) -> None:
    paragraph(layout, context, model.licence, "INFO" if model.commercial_use else "ERROR")
    column = layout.column(align=True)
    column.scale_y = 0.9
    fact(column, "Commercial Use", "Allowed" if model.commercial_use else "Not Allowed")
    chosen = get_preferences().weights_of(model.name)
    fact(column, "Weights", f"{data_size(model.size_bytes)}, {_whereabouts(model, bool(chosen and chosen.folder))}")
    if chosen:
        layout.prop(chosen, "folder")
    if not model.installed and not (chosen and chosen.folder):
        _draw_download(layout, context, model)


def _whereabouts(model: contract.ModelEntry, has_folder: bool) -> str:
    if has_folder:
        return "From the Folder Below"
    if model.included:
        return "Included"
    if model.installed:
        return "Downloaded" if model.unchanged else "Changed since Their Download"
    return f"{data_size(model.bytes_here)} Here" if model.bytes_here else "Not Here"


def _draw_download(layout: bpy.types.UILayout, context: bpy.types.Context, model: contract.ModelEntry) -> None:
    """The button, or how far the download is."""
    download = session().download
    if download and download.model == model.name:
        if not download.ended:
            _draw_progress(layout, download)
            return
        if download.error:
            paragraph(layout, context, download.error.message, "ERROR")
            paragraph(layout, context, download.error.hint, "BLANK1")
    if not model.fetchable:
        paragraph(layout, context, "These weights cannot be downloaded: choose a folder that holds them", "INFO")
        return
    text = "Continue Download" if model.bytes_here else "Download"
    layout.operator(Operator.DOWNLOAD, icon="IMPORT", text=text).model = model.name
    refusal = download_refusal()
    if refusal:
        paragraph(layout, context, refusal, "INTERNET_OFFLINE")


def _draw_progress(layout: bpy.types.UILayout, download: Download) -> None:
    share, text = download_of(download.progress)
    layout.progress(factor=share, text=text)
    layout.operator(Operator.CANCEL_DOWNLOAD, icon="CANCEL")
