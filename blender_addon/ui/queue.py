# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of jobs: what runs, what waits and in which order, what failed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .. import lists
from ..engine.job import FollowedJob, State
from ..engine.queue import QUEUED
from ..jobs.session import session
from ..operators.estimate import REMOVABLE
from ..operators.ids import Operator
from .jobs import ICONS, draw_details
from .layout import DepthPanel, RowList, job_button, layout_of
from .text import STATES, progress_of

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems as Icon

DIRECTIONS: tuple[tuple[str, Icon, int], ...] = (("UP", "TRIA_UP", -1), ("DOWN", "TRIA_DOWN", 1))


class SEQUENCER_UL_depth_jobs(RowList, bpy.types.UIList):
    """A line of the list: the job's name, and its state or how far it is."""

    def draw_row(self, layout: bpy.types.UILayout, name: str) -> None:
        job = session().book.queue.find(Path(name))
        if job is None:
            return
        row = layout.split(factor=0.55)
        row.label(text=job.name, icon=ICONS.get(job.state, "TIME"))
        if job.busy:
            share, _what = progress_of(job)
            row.progress(factor=share, text=f"{share:.0%}")
        else:
            row.label(text=STATES[job.state])


class SEQUENCER_PT_depth_jobs(DepthPanel, bpy.types.Panel):
    bl_label = "Jobs"
    bl_parent_id = "SEQUENCER_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """How many jobs wait or run, also while the panel is closed."""
        book = session().book
        count = sum(not job.ended for job in book.jobs)
        if count or book.held:
            layout_of(self).label(text=str(count), icon="PAUSE" if book.held else "NONE")

    def draw(self, context: bpy.types.Context) -> None:
        layout, shown = layout_of(self), lists.lists_of(context)
        job = session().book.queue.find(Path(lists.selected(shown.jobs, shown.job)))
        row = layout.row()
        row.template_list("SEQUENCER_UL_depth_jobs", "", shown, "jobs", shown, "job", rows=4)
        _draw_side(row.column(align=True), job)
        _draw_hold(layout)
        if job:
            draw_details(layout, context, job)


def _draw_side(column: bpy.types.UILayout, job: FollowedJob | None) -> None:
    """The buttons beside the list, for the selected job."""
    folder = str(job.folder.path) if job else ""
    queue, state = session().book.queue, job.state if job else None
    if state is State.PAUSED:
        job_button(column, Operator.RESUME, folder, "PLAY", text="")
    else:
        pause = _enabled(column, state in (State.WAITING, State.PREPARING, State.RUNNING))
        job_button(pause, Operator.PAUSE, folder, "PAUSE", text="")
    job_button(_enabled(column, state in REMOVABLE), Operator.REMOVE, folder, "REMOVE", text="")
    column.separator()
    for direction, icon, step in DIRECTIONS:
        movable = job is not None and state in QUEUED and queue.neighbor(job, step) is not None
        button = _enabled(column, movable).operator(Operator.MOVE, icon=icon, text="")
        button.folder, button.direction = folder, direction
    column.separator()
    job_button(_enabled(column, job is not None), Operator.OPEN_FOLDER, folder, "FILE_FOLDER", text="")


def _enabled(column: bpy.types.UILayout, enabled: bool) -> bpy.types.UILayout:
    row = column.row(align=True)
    row.enabled = enabled
    return row


def _draw_hold(layout: bpy.types.UILayout) -> None:
    """One button for the queue as a whole; of no use while nothing waits."""
    book = session().book
    if book.held:
        layout.operator(Operator.HOLD, text="Resume Queue", icon="PLAY").hold = False
    elif any(job.state is State.WAITING for job in book.jobs):
        layout.operator(Operator.HOLD, icon="PAUSE").hold = True


CLASSES = (SEQUENCER_UL_depth_jobs, SEQUENCER_PT_depth_jobs)
