# SPDX-License-Identifier: GPL-3.0-or-later
"""The tab Depth in the Video Sequencer's sidebar. Drawing only: it reads the session and touches no file."""

from __future__ import annotations

import bpy

from .. import compat, models
from ..engine.job import FollowedJob, State
from ..engine.locate import NoEngine
from ..jobs import timer
from ..jobs.outlook import Outlook
from ..jobs.session import session
from ..operators.ids import Operator
from ..properties import settings_of
from .follow import draw_fit
from .jobs import draw_job, draw_progress, draw_result
from .layout import DepthPanel, layout_of, paragraph
from .model import draw_model, draw_model_menu
from .outlook import draw_outlook
from .setup import draw_missing_engine


class SEQUENCER_PT_depth(DepthPanel, bpy.types.Panel):
    bl_label = "Estimate Depth"

    def draw(self, context: bpy.types.Context) -> None:
        layout, state = layout_of(self), session()
        state.engine.show()
        timer.wake()
        engine = state.engine.engine
        if isinstance(engine, NoEngine):
            draw_missing_engine(layout, context, engine)
        scene, strip = compat.sequencer_scene(context), compat.active_strip(context)
        own: list[FollowedJob] = []
        if scene and strip:
            own = state.book.of_strip(scene, strip)
            self._draw_strip(context, scene, strip, own)
        else:
            layout.label(text="Select a strip", icon="INFO")
        for job in state.book.jobs:
            if job.busy and job not in own:
                draw_job(layout, context, job)

    def _draw_strip(
        self, context: bpy.types.Context, scene: bpy.types.Scene, strip: bpy.types.Strip, jobs: list[FollowedJob]
    ) -> None:
        layout, state = layout_of(self), session()
        layout.label(text=strip.name, icon="FILE_IMAGE" if strip.type == "IMAGE" else "FILE_MOVIE")
        draw_fit(layout, context, scene, strip)
        for job in jobs:
            if not job.ended:
                draw_progress(layout, job)
        if not state.book.is_estimating(scene, strip):
            self._draw_start(context, scene, state.outlooks.show(scene, strip))
        self._draw_batch(scene)
        self._draw_results(context, jobs)

    def _draw_start(self, context: bpy.types.Context, scene: bpy.types.Scene, outlook: Outlook) -> None:
        layout = layout_of(self)
        settings = settings_of(scene)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        draw_model_menu(column, settings)
        has_engine = not isinstance(session().engine.engine, NoEngine)
        if has_engine:
            draw_model(column, context, settings.model)
        row = column.row(align=True)
        row.prop(settings, "field_of_view")
        row.operator(Operator.FOOTAGE_VIEW, icon="CAMERA_DATA", text="")
        if has_engine:
            draw_outlook(layout, context, outlook)
        row = layout.row()
        row.scale_y = 1.5
        row.operator(Operator.ESTIMATE, icon="PLAY")

    def _draw_batch(self, scene: bpy.types.Scene) -> None:
        """The button for all selected strips, where there are several."""
        count = len(compat.selected_strips(scene.sequence_editor)) if scene.sequence_editor else 0
        if count > 1:
            text = f"Estimate {count} Selected Strips"
            layout_of(self).operator(Operator.ESTIMATE_SELECTED, text=text, icon="SEQUENCE")

    def _draw_results(self, context: bpy.types.Context, jobs: list[FollowedJob]) -> None:
        """The last job of the strip that has ended, where the next step begins."""
        ended = [job for job in jobs if job.ended]
        done = [job for job in ended if job.state is State.DONE]
        if ended and (ended[-1].state is State.FAILED or ended[-1].resumable):
            draw_job(layout_of(self), context, ended[-1])
        if done:
            draw_result(layout_of(self), context, done[-1])


class SEQUENCER_PT_depth_settings(DepthPanel, bpy.types.Panel):
    bl_label = "Settings"
    bl_parent_id = "SEQUENCER_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, scene = layout_of(self), compat.sequencer_scene(context)
        if scene is None:
            return
        settings = settings_of(scene)
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "step")
        row = layout.row(heading="Limit Model Size")
        row.prop(settings, "use_max_size", text="")
        size = row.row()
        size.active = settings.use_max_size
        size.prop(settings, "max_size", text="")
        layout.prop(settings, "shots")
        model = models.find(settings.model)
        for switch in models.SWITCHES:
            if model is not None and switch in model.settings:
                layout.prop(settings, switch)


class SEQUENCER_PT_depth_diffusion(DepthPanel, bpy.types.Panel):
    """What the model has of these; 0 leaves a value to the model."""

    bl_label = "Diffusion"
    bl_parent_id = "SEQUENCER_PT_depth_settings"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        scene = compat.sequencer_scene(context)
        model = models.find(settings_of(scene).model) if scene else None
        return model is not None and any(name in model.settings for name in models.SETTINGS)

    def draw(self, context: bpy.types.Context) -> None:
        layout, scene = layout_of(self), compat.sequencer_scene(context)
        model = models.find(settings_of(scene).model) if scene else None
        if scene is None or model is None:
            return
        settings = settings_of(scene)
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in (name for name in models.SETTINGS if name in model.settings):
            row = layout.row()
            row.prop(settings, name)
            if name != "seed" and not getattr(settings, name):
                row.label(text="Model Default")


class SEQUENCER_PT_depth_output(DepthPanel, bpy.types.Panel):
    bl_label = "Output"
    bl_parent_id = "SEQUENCER_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, scene = layout_of(self), compat.sequencer_scene(context)
        if scene is None:
            return
        settings = settings_of(scene)
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "format", expand=True)
        layout.prop(settings, "output_size")
        if settings.output_size == "pixels":
            layout.prop(settings, "output_pixels")
        layout.prop(settings, "folder")
        strip = compat.active_strip(context)
        request = session().outlooks.known(scene, strip).request if strip else None
        if request:
            paragraph(layout, context, str(request.parent), "FILE_FOLDER")


CLASSES: tuple[type[bpy.types.Panel], ...] = (
    SEQUENCER_PT_depth,
    SEQUENCER_PT_depth_settings,
    SEQUENCER_PT_depth_diffusion,
    SEQUENCER_PT_depth_output,
)
