# SPDX-License-Identifier: GPL-3.0-or-later
"""What will happen when the button is pressed."""

from __future__ import annotations

import bpy

from ..engine import contract
from ..figures import data_size, duration
from ..jobs.outlook import Outlook
from ..operators.ids import Operator
from .layout import fact, paragraph


def draw_outlook(layout: bpy.types.UILayout, context: bpy.types.Context, outlook: Outlook) -> None:
    """The plan, or why there is none (yet)."""
    if outlook.error:
        _draw_problem(layout, context, outlook.error.message, outlook.error.hint)
        return
    if outlook.plan:
        _draw_plan(layout, context, outlook.plan)
    else:
        layout.label(text="Looking at the Footage…", icon="SORTTIME")
    if outlook.rendered:
        paragraph(layout, context, outlook.rendered, "RENDER_ANIMATION")
    for problem in outlook.plan.problems if outlook.plan else ():
        _draw_problem(layout, context, problem.message, problem.hint)


def _draw_plan(layout: bpy.types.UILayout, context: bpy.types.Context, plan: contract.Plan) -> None:
    column = layout.column(align=True)
    column.scale_y = 0.9
    fact(column, "Frames", str(plan.frames))
    fact(column, "Size", f"{plan.output_width} × {plan.output_height}")
    fact(column, "Device", plan.model.device.upper())
    fact(column, "Time", f"About {duration(plan.seconds)}")
    fact(column, "Memory", f"{data_size(plan.memory_bytes)} ({data_size(plan.memory_free_bytes)} Free)")
    fact(column, "Disk", f"{data_size(plan.disk_bytes)} ({data_size(plan.disk_free_bytes)} Free)")
    if plan.execution:
        paragraph(layout, context, f"Runs in {plan.execution}", "MEMORY")


def _draw_problem(layout: bpy.types.UILayout, context: bpy.types.Context, message: str, hint: str) -> None:
    box = layout.box()
    paragraph(box, context, message, "ERROR")
    if hint:
        paragraph(box, context, hint, "BLANK1")
    box.operator(Operator.PLAN_AGAIN, icon="FILE_REFRESH")
