# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's state: in the panel when it is missing, in the preferences always."""

from __future__ import annotations

import bpy

from .. import models
from ..engine.locate import Engine, NoEngine
from ..engine.setup import COMMAND, DOWNLOAD_BYTES, EngineSetup, Installer
from ..figures import data_size
from ..jobs import timer
from ..jobs.session import Session, session
from ..operators.ids import Operator
from ..operators.models import offline_reason
from ..preferences import PACKAGE, Preferences
from .findings import draw_diagnosis, draw_missing
from .layout import fact, layout_of, paragraph
from .model_list import draw_models


def draw_missing_engine(layout: bpy.types.UILayout, context: bpy.types.Context, missing: NoEngine) -> None:
    """The card that the panel shows instead of a plan."""
    box, setup = layout.box(), session().setup
    paragraph(box, context, missing.reason, "ERROR")
    _draw_setup(box, context, setup)
    if setup and not setup.ended:
        return
    if missing.missing:
        _draw_first_run(box, context, session().engine.installer)
    else:
        paragraph(box, context, missing.hint, "BLANK1")
    draw_preferences_button(box)


def _draw_setup(layout: bpy.types.UILayout, context: bpy.types.Context, setup: EngineSetup | None) -> None:
    """How far the installer is, or why it failed."""
    if setup and not setup.ended:
        paragraph(layout, context, setup.step, "SORTTIME")
        layout.operator(Operator.CANCEL_SET_UP, icon="CANCEL")
    elif setup and setup.error:
        paragraph(layout, context, f"{setup.error.message} {setup.error.hint}", "BLANK1")


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
        if models.known:
            layout.separator()
            draw_models(layout, context)
        _draw_folders(layout, state)


def _draw_engine(layout: bpy.types.UILayout, context: bpy.types.Context, state: Session) -> None:
    engine = state.engine.engine
    if isinstance(engine, Engine):
        paragraph(layout, context, f"{engine.command} ({engine.found})", "CHECKMARK")
    elif engine:
        draw_missing(layout, context, engine)
    _draw_setup(layout, context, state.setup)
    layout.operator(Operator.CHECK_ENGINE, text="Checking…" if state.engine.checking else None, icon="VIEWZOOM")
    if state.engine.diagnosis:
        draw_diagnosis(layout, context, state.engine.diagnosis)


def _draw_folders(layout: bpy.types.UILayout, state: Session) -> None:
    layout.separator()
    for name, size in state.folders.items():
        row = layout.row()
        fact(row, name, f"{data_size(size.bytes)}{'' if size.done else '…'} in {size.folder}")
        row.operator("wm.path_open", text="", icon="FILE_FOLDER").filepath = str(size.folder)
    layout.operator(Operator.MEASURE, icon="FILE_REFRESH")
