# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of results: how large each is, and what can be made of it."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import lists
from ..engine.leftovers import Kind
from ..engine.state import Outcome
from ..figures import data_size
from ..jobs import timer
from ..jobs.session import session
from ..operators.clean_up import CleanUp
from ..operators.ids import Operator
from .jobs import draw_create
from .layout import DepthPanel, RowList, fact, job_button, layout_of


class SEQUENCER_OT_depth_clean_up(CleanUp):
    """Remove what ended jobs have left and can be made again, after asking; never depth nor results"""

    def draw(self, context: bpy.types.Context) -> None:
        layout = layout_of(self)
        if not any(self.sizes.values()):
            layout.label(text="There is nothing to clean up", icon="CHECKMARK")
        for kind in Kind:
            row = layout.row()
            row.enabled = self.sizes.get(kind, 0) > 0
            row.prop(self, kind.value)
            row.label(text=data_size(self.sizes.get(kind, 0)))


class SEQUENCER_UL_depth_results(RowList, bpy.types.UIList):
    """A line of the list: the result's name and its size on the disk, which is counted by and by."""

    def draw_row(self, layout: bpy.types.UILayout, name: str) -> None:
        job = session().book.queue.find(Path(name))
        if job is None:
            return
        row = layout.split(factor=0.65)
        row.label(text=job.name, icon="FILE_VOLUME")
        size = session().sizes.get(job.folder.path)
        right = row.row()
        right.alignment = "RIGHT"
        right.label(text=f"{data_size(size.bytes)}{'' if size.done else '…'}" if size else "…")


class SEQUENCER_PT_depth_results(DepthPanel, bpy.types.Panel):
    bl_label = "Results"
    bl_parent_id = "SEQUENCER_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """How many there are, also while the panel is closed."""
        count = len(lists.lists_of(context).results)
        if count:
            layout_of(self).label(text=str(count))

    def draw(self, context: bpy.types.Context) -> None:
        layout, shown = layout_of(self), lists.lists_of(context)
        session().show_sizes()
        timer.wake()
        job = session().book.queue.find(Path(lists.selected(shown.results, shown.result)))
        row = layout.row()
        row.template_list("SEQUENCER_UL_depth_results", "", shown, "results", shown, "result", rows=4)
        side, folder = row.column(align=True), str(job.folder.path) if job else ""
        selected = side.column(align=True)
        selected.enabled = job is not None
        job_button(selected, Operator.OPEN_FOLDER, folder, "FILE_FOLDER", text="")
        job_button(selected, Operator.REMOVE, folder, "REMOVE", text="")
        side.separator()
        side.operator(Operator.CLEAN_UP, icon="BRUSH_DATA", text="")
        if job and job.outcome:
            _draw_facts(layout, job.outcome)
            draw_create(layout, folder)


def _draw_facts(layout: bpy.types.UILayout, outcome: Outcome) -> None:
    column = layout.column(align=True)
    column.scale_y = 0.9
    width, height = outcome.size
    fact(column, "Frames", str(outcome.frames))
    fact(column, "Size", f"{width} × {height}")
    fact(column, "Model", outcome.model)
    fact(column, "License", f"{outcome.licence}{'' if outcome.commercial_use else ', No Commercial Use'}")


CLASSES = (SEQUENCER_UL_depth_results, SEQUENCER_PT_depth_results)
