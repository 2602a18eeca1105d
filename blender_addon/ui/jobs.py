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

ICONS: dict[State, Icon] = {
    State.WAITING: "SORTTIME",
    State.PAUSED: "PAUSE",
    State.DONE: "CHECKMARK",
    State.FAILED: "ERROR",
    State.CANCELLED: "X",
}


def draw_progress(layout: bpy.types.UILayout, job: FollowedJob) -> None:
    """The bar, what is done and left, and the buttons that stop it."""
    column, folder = layout.column(), str(job.folder.path)
    if job.state is State.PAUSED:
        column.label(text=f"Resume Begins {'at the Last Checkpoint' if job.resumable else 'with the First Frame'}")
    else:
        share, what = progress_of(job)
        column.progress(factor=share, text=what)
        if frames_of(job):
            column.label(text=frames_of(job))
    row = column.row(align=True)
    row.enabled = job.state is not State.CANCELLING
    if job.state is State.PAUSED:
        job_button(row, Operator.RESUME, folder, "PLAY")
    else:
        job_button(row, Operator.PAUSE, folder, "PAUSE")
    job_button(row, Operator.CANCEL, folder, "CANCEL")


def draw_job(layout: bpy.types.UILayout, context: bpy.types.Context, job: FollowedJob) -> None:
    """A job that has no list around it."""
    box = layout.box()
    row = box.row()
    row.label(text=f"{job.name}: {STATES[job.state]}", icon=ICONS.get(job.state, "TIME"))
    if job.ended:
        job_button(row, Operator.OPEN_FOLDER, str(job.folder.path), "FILE_FOLDER", text="")
        job_button(row, Operator.REMOVE, str(job.folder.path), "X", text="")
    draw_details(box, context, job)


def draw_details(layout: bpy.types.UILayout, context: bpy.types.Context, job: FollowedJob) -> None:
    """What a job does, or what can be done about its end."""
    folder = str(job.folder.path)
    if job.note:
        paragraph(layout, context, job.note, "INFO")
    if not job.ended:
        draw_progress(layout, job)
    elif job.state is State.DONE:
        draw_create(layout, folder)
    else:
        _draw_end(layout, context, job, job.failure or Failure(""))


def _draw_end(layout: bpy.types.UILayout, context: bpy.types.Context, job: FollowedJob, failure: Failure) -> None:
    """Why a job did not come to its end, and the ways to go on."""
    folder = str(job.folder.path)
    for text in filter(None, (failure.message, failure.hint)):
        paragraph(layout, context, text)
    if failure.fix is Fix.ENGINE:
        draw_preferences_button(layout)
    if failure.fix is Fix.ESTIMATE:
        job_button(layout, Operator.ESTIMATE_AGAIN, folder, "FILE_REFRESH")
    if failure.fix is Fix.MEMORY:
        job_button(layout, Operator.LESS_MEMORY, folder, "MEMORY")
    if job.resumable:
        job_button(layout, Operator.CONTINUE, folder, "PLAY")
    if job.prepared and failure.fix in (Fix.NONE, Fix.RESTART, Fix.MEMORY, Fix.ENGINE):
        job_button(layout, Operator.RESTART, folder, "FILE_REFRESH")


def draw_result(layout: bpy.types.UILayout, context: bpy.types.Context, job: FollowedJob) -> None:
    """What can be made of the strip's result."""
    layout.separator()
    layout.label(text=result_of(job), icon="CHECKMARK")
    folder = str(job.folder.path)
    draw_create(layout, folder)
    job_button(layout, Operator.OPEN_FOLDER, folder, "FILE_FOLDER")
    if job.outcome is None:
        return
    seams = seams_of(job.outcome)
    if seams:
        layout.label(text=seams, icon="MOD_LENGTH")
    for warning in job.outcome.warnings:
        paragraph(layout, context, warning, "INFO")


def draw_create(layout: bpy.types.UILayout, folder: str) -> None:
    """The buttons that make something of a result."""
    grid = layout.grid_flow(columns=2, even_columns=True, align=True)
    job_button(grid, Operator.RELIEF, folder, "MESH_GRID")
    job_button(grid, Operator.POINTS, folder, "OUTLINER_OB_POINTCLOUD")
    job_button(grid, Operator.CAMERA, folder, "CAMERA_DATA")
    job_button(grid, Operator.STRIP, folder, "SEQ_STRIP_META")
