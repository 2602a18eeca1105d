# SPDX-License-Identifier: GPL-3.0-or-later
"""How one job is shown: its progress, its failure with what can be done about it, or its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ..engine.job import Failure, Fix, FollowedJob, State
from ..operators.ids import Operator
from .layout import job_button, paragraph
from .setup import draw_preferences_button
from .text import STATES, frames_of, progress_of, result_of, seams_of

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems as Icon

ICONS: dict[State, Icon] = {State.DONE: "CHECKMARK", State.FAILED: "ERROR", State.CANCELLED: "X"}


def draw_progress(layout: bpy.types.UILayout, job: FollowedJob) -> None:
    """The bar, what is done and left, and the button that stops it."""
    share, what = progress_of(job)
    column = layout.column()
    column.progress(factor=share, text=what)
    column.label(text=frames_of(job))
    cancel = column.row()
    cancel.enabled = job.state is not State.CANCELLING
    job_button(cancel, Operator.CANCEL, str(job.folder.path), "CANCEL")


def draw_job(layout: bpy.types.UILayout, context: bpy.types.Context, job: FollowedJob) -> None:
    """A job in the list."""
    box = layout.box()
    row = box.row()
    row.label(text=f"{job.name}: {STATES[job.state]}", icon=ICONS.get(job.state, "TIME"))
    if not job.ended:
        draw_progress(box, job)
        return
    folder = str(job.folder.path)
    job_button(row, Operator.OPEN_FOLDER, folder, "FILE_FOLDER", text="")
    job_button(row, Operator.REMOVE, folder, "X", text="")
    if job.state is State.DONE:
        _draw_create(box, folder)
        return
    if job.failure:
        _draw_failure(box, context, job.failure)
    if job.resumable:
        job_button(box, Operator.CONTINUE, folder, "PLAY")
    if job.prepared and (job.failure is None or job.failure.fix is Fix.RESTART):
        job_button(box, Operator.RESTART, folder, "FILE_REFRESH")


def draw_result(layout: bpy.types.UILayout, context: bpy.types.Context, job: FollowedJob) -> None:
    """What can be made of the strip's result."""
    layout.separator()
    layout.label(text=result_of(job), icon="CHECKMARK")
    folder = str(job.folder.path)
    _draw_create(layout, folder)
    job_button(layout, Operator.OPEN_FOLDER, folder, "FILE_FOLDER")
    if job.outcome is None:
        return
    seams = seams_of(job.outcome)
    if seams:
        layout.label(text=seams, icon="MOD_LENGTH")
    for warning in job.outcome.warnings:
        paragraph(layout, context, warning, "INFO")


def _draw_create(layout: bpy.types.UILayout, folder: str) -> None:
    grid = layout.grid_flow(columns=2, even_columns=True, align=True)
    job_button(grid, Operator.RELIEF, folder, "MESH_GRID")
    job_button(grid, Operator.POINTS, folder, "OUTLINER_OB_POINTCLOUD")
    job_button(grid, Operator.CAMERA, folder, "CAMERA_DATA")
    job_button(grid, Operator.STRIP, folder, "SEQ_STRIP_META")


def _draw_failure(layout: bpy.types.UILayout, context: bpy.types.Context, failure: Failure) -> None:
    paragraph(layout, context, failure.message)
    if failure.hint:
        paragraph(layout, context, failure.hint)
    if failure.fix is Fix.ENGINE:
        draw_preferences_button(layout)
