# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's state: in the panel when it is missing, in the preferences always."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from .. import models
from ..engine import contract
from ..engine.locate import Engine, NoEngine
from ..engine.setup import COMMAND, DOWNLOAD_BYTES, Installer
from ..figures import data_size
from ..jobs import timer
from ..jobs.session import Session, session
from ..operators.ids import Operator
from ..operators.models import offline_reason
from ..preferences import PACKAGE, Preferences
from .layout import fact, layout_of, paragraph

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems as Icon

STATUS_ICONS: dict[str, Icon] = {"ok": "CHECKMARK", "warning": "INFO", "error": "ERROR"}


def draw_missing_engine(layout: bpy.types.UILayout, context: bpy.types.Context, missing: NoEngine) -> None:
    """The card that the panel shows instead of a plan."""
    box, setup = layout.box(), session().setup
    paragraph(box, context, missing.reason, "ERROR")
    if setup and not setup.ended:
        paragraph(box, context, setup.step, "SORTTIME")
        box.operator(Operator.CANCEL_SET_UP, icon="CANCEL")
        return
    if setup and setup.error:
        paragraph(box, context, f"{setup.error.message} {setup.error.hint}", "BLANK1")
    if missing.missing:
        _draw_first_run(box, context, session().engine.installer)
    else:
        paragraph(box, context, missing.hint, "BLANK1")
    draw_preferences_button(box)


def _draw_first_run(box: bpy.types.UILayout, context: bpy.types.Context, installer: Installer | None) -> None:
    """What comes, how large it is and where it goes, and the one button or command that gets it."""
    fact(box, "Download", f"About {data_size(DOWNLOAD_BYTES)}")
    if installer is None:
        paragraph(box, context, f"Run in a terminal, in the folder of Estimate Depth: {COMMAND}", "CONSOLE")
        box.operator(Operator.COPY_COMMAND, icon="COPYDOWN")
        return
    paragraph(box, context, str(installer.folder), "FILE_FOLDER")
    row = box.row()
    row.scale_y = 1.5
    row.operator(Operator.SET_UP, icon="IMPORT")
    reason = offline_reason()
    if reason:
        paragraph(box, context, reason, "INTERNET_OFFLINE")


def draw_preferences_button(layout: bpy.types.UILayout) -> None:
    """Opens the add-on's preferences, where the engine is chosen and checked."""
    layout.operator("preferences.addon_show", text="Choose Engine", icon="PREFERENCES").module = PACKAGE


class ESTIMATE_DEPTH_AddonPreferences(Preferences, bpy.types.AddonPreferences):
    bl_idname = PACKAGE

    def draw(self, context: bpy.types.Context) -> None:
        layout, state = layout_of(self), session()
        state.engine.show()
        state.show_folders()
        timer.wake()
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "engine")
        _draw_engine(layout, context, state)
        layout.separator()
        layout.prop(self, "device")
        layout.prop(self, "folder")
        layout.prop(self, "keep_running")
        _draw_models(layout)
        _draw_folders(layout, state)


def _draw_engine(layout: bpy.types.UILayout, context: bpy.types.Context, state: Session) -> None:
    engine = state.engine.engine
    if isinstance(engine, Engine):
        paragraph(layout, context, f"{engine.command} ({engine.found})", "CHECKMARK")
    elif engine:
        paragraph(layout, context, f"{engine.reason} {engine.hint}", "ERROR")
    layout.operator(Operator.CHECK_ENGINE, text="Checking…" if state.engine.checking else None, icon="VIEWZOOM")
    diagnosis = state.engine.diagnosis
    if isinstance(diagnosis, contract.DepthError):
        paragraph(layout, context, f"{diagnosis.message} {diagnosis.hint}", "ERROR")
    elif diagnosis:
        box = layout.box()
        for check in diagnosis.checks:
            paragraph(box, context, f"{check.name}: {check.message} {check.hint}", STATUS_ICONS[check.status])


def _draw_models(layout: bpy.types.UILayout) -> None:
    if not models.known:
        return
    layout.separator()
    for model in models.known:
        size = data_size(model.size_bytes) if model.installed else "not installed"
        fact(layout, "Model", f"{model.title}, {size}, {model.licence}")


def _draw_folders(layout: bpy.types.UILayout, state: Session) -> None:
    layout.separator()
    for name, size in state.folders.items():
        row = layout.row()
        fact(row, name, f"{data_size(size.bytes)}{'' if size.done else '…'} in {size.folder}")
        row.operator("wm.path_open", text="", icon="FILE_FOLDER").filepath = str(size.folder)
    layout.operator(Operator.MEASURE, icon="FILE_REFRESH")
