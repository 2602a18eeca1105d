# SPDX-License-Identifier: GPL-3.0-or-later
"""A quick look before the long run: two buttons, and the picture that comes of them."""

from __future__ import annotations

import bpy

from .. import compat
from ..engine.job import FollowedJob, State
from ..figures import duration
from ..jobs.session import session
from ..operators.ids import Operator
from .jobs import draw_details
from .layout import DepthPanel, fact, layout_of
from .pictures import draw_picture

PICTURE_SCALE = 13.0
COUNTS = ((1, "1 Frame"), (16, "16 Frames"))


class SEQUENCER_PT_depth_preview(DepthPanel, bpy.types.Panel):
    bl_label = "Quick Preview"
    bl_parent_id = "SEQUENCER_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return compat.active_strip(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, scene, strip = layout_of(self), compat.sequencer_scene(context), compat.active_strip(context)
        if scene is None or strip is None:
            return
        row = layout.row(align=True)
        for count, text in COUNTS:
            row.operator(Operator.PREVIEW, text=text).frames = count
        jobs = session().book.previews_of(scene, strip)
        if jobs and jobs[-1].state is State.DONE:
            _draw_result(layout, jobs[-1])
        elif jobs:
            draw_details(layout, context, jobs[-1])


def _draw_result(layout: bpy.types.UILayout, job: FollowedJob) -> None:
    outcome = job.outcome
    if outcome is None:
        return
    if outcome.picture:
        path = job.folder.path / outcome.picture
        draw_picture(layout, path, PICTURE_SCALE)
        layout.operator("wm.path_open", text="Open Picture", icon="IMAGE_DATA").filepath = str(path)
    column = layout.column(align=True)
    column.scale_y = 0.9
    width, height = outcome.size
    fact(column, "Model", outcome.model)
    fact(column, "Size", f"{width} × {height}")
    fact(column, "Device", outcome.device.upper())
    fact(column, "Time", f"{duration(outcome.seconds)} with Loading the Model")


CLASSES = (SEQUENCER_PT_depth_preview,)
