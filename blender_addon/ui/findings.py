# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found to be wrong, each with the button that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import bpy

from ..engine import contract
from ..engine.locate import NoEngine
from ..jobs.session import session
from ..operators.base import plain
from ..operators.ids import Operator
from .layout import paragraph, region_width

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems as Icon

Fix = Literal["", "engine", "folder", "model", "path"]
STATUS_ICONS: dict[str, Icon] = {"ok": "CHECKMARK", "warning": "INFO", "error": "ERROR"}
SHARE = 0.82  # of the width; the button has the rest


def draw_missing(layout: bpy.types.UILayout, context: bpy.types.Context, missing: NoEngine) -> None:
    """Why no engine can be started."""
    fix: Fix = "engine" if missing.missing else missing.fix
    _draw(layout, context, f"{missing.reason} {missing.hint}", "ERROR", fix)


def draw_diagnosis(
    layout: bpy.types.UILayout, context: bpy.types.Context, diagnosis: contract.Diagnosis | contract.DepthError
) -> None:
    """What the engine's self-check found, or why there is no answer."""
    if isinstance(diagnosis, contract.DepthError):
        fix: Fix = "engine" if diagnosis.code is contract.ExitCode.CONTRACT_MISMATCH else ""
        _draw(layout, context, f"{diagnosis.message} {diagnosis.hint}", "ERROR", fix)
        return
    box = layout.box()
    for check in diagnosis.checks:
        said = f"{plain(check.message)}. {check.hint}" if check.hint else check.message
        _draw(box, context, f"{check.name}: {said}", STATUS_ICONS[check.status], check.fix, check.target)


def _draw(
    layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: Icon, fix: Fix, target: str = ""
) -> None:
    if not fix:
        paragraph(layout, context, text, icon)
        return
    split = layout.split(factor=SHARE)
    paragraph(split, context, text, icon, SHARE * region_width(context))
    _draw_button(split.column(), fix, target)


def _draw_button(layout: bpy.types.UILayout, fix: Fix, target: str) -> None:
    if fix == "model":
        layout.operator(Operator.DOWNLOAD, icon="IMPORT", text="Download").model = target
    elif fix == "folder":
        layout.operator("wm.path_open", icon="FILE_FOLDER", text="Open Folder").filepath = target
    elif fix == "path":
        layout.operator(Operator.CLEAR_ENGINE, icon="X")
    elif session().engine.installer:
        layout.operator(Operator.SET_UP, icon="IMPORT")
    else:  # the installer is somewhere else: its user has to go there
        layout.operator(Operator.COPY_COMMAND, icon="COPYDOWN")
