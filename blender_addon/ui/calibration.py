# SPDX-License-Identifier: GPL-3.0-or-later
"""The sub-panel Calibration: true depth from a camera solve or from measured points. Drawing only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from .. import compat, scene
from ..calibration_settings import CalibrationSettings, DepthPoint, calibration_settings
from ..engine.contract import Calibration
from ..engine.job import State
from ..jobs.session import session
from ..operators.ids import Operator
from .layout import fact, job_button, layout_of, paragraph
from .panels import DepthPanel
from .tasks import draw_task

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems as Icon

GOOD_COVERAGE = 0.5


def _result_folder(context: bpy.types.Context) -> Path | None:
    """The folder of the active strip's newest result."""
    shown, strip = compat.sequencer_scene(context), compat.active_strip(context)
    jobs = session().book.of_strip(shown, strip) if shown and strip else []
    return next((job.folder.path for job in reversed(jobs) if job.state is State.DONE), None)


class SEQUENCER_UL_depth_points(bpy.types.UIList):
    """The measured points of the active strip's result."""

    def draw_item(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, context: Any, layout: Any, data: Any, item: Any, icon: Any, active_data: Any, active_property: Any
    ) -> None:
        point = cast(DepthPoint, item)
        row = cast(bpy.types.UILayout, layout).row(align=True)
        row.label(text=f"{point.frame}: {point.x:.0f}, {point.y:.0f}")
        row.prop(point, "distance", text="", emboss=False)
        row.label(text=f"{point.error:+.1%}" if point.is_fitted else "")

    def filter_items(self, context: Any, data: Any, _: str) -> tuple[list[int], list[int]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        folder = _result_folder(context)
        points, flag = cast(CalibrationSettings, data).points, self.bitflag_filter_item
        shown = [flag if folder and point.result == folder.name else 0 for point in points]
        return shown, []


class SEQUENCER_PT_depth_calibration(DepthPanel, bpy.types.Panel):
    bl_label = "Calibration"
    bl_parent_id = "SEQUENCER_PT_depth"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, shown = layout_of(self), compat.sequencer_scene(context)
        folder = _result_folder(context)
        if shown is None or folder is None:
            layout.label(text="Estimate the strip's depth first", icon="INFO")
            return
        settings = calibration_settings(shown)
        running = draw_task(layout, context, folder, "calibrate")
        column = layout.column()
        column.enabled = not running
        self._draw_solve(column, settings, folder)
        self._draw_points(column, settings, folder)
        known = scene.noted_calibration(cast(bpy.types.Scene, context.scene), folder.name)
        if known:
            self._draw_calibration(column, context, known, folder)

    def _draw_solve(self, layout: bpy.types.UILayout, settings: CalibrationSettings, folder: Path) -> None:
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "clip")
        column.prop(settings, "move_camera")
        column.prop(settings, "write_z")
        job_button(layout, Operator.FIT_SOLVE, str(folder), "CON_CAMERASOLVER")

    def _draw_points(self, layout: bpy.types.UILayout, settings: CalibrationSettings, folder: Path) -> None:
        row = layout.row()
        row.template_list("SEQUENCER_UL_depth_points", "", settings, "points", settings, "point_index", rows=3)
        buttons = row.column(align=True)
        places: tuple[tuple[str, Icon], ...] = (("CENTER", "ADD"), ("CURSOR", "PIVOT_CURSOR"))
        for place, icon in places:
            button = buttons.operator(Operator.ADD_POINT, icon=icon, text="")
            button.folder, button.place = str(folder), place
        buttons.operator(Operator.REMOVE_POINT, icon="REMOVE", text="")
        index = settings.point_index
        if index < len(settings.points) and settings.points[index].result == folder.name:
            column = layout.column(align=True)
            column.use_property_split = True
            column.use_property_decorate = False
            for name in ("frame", "x", "y", "distance"):
                column.prop(settings.points[index], name)
        job_button(layout, Operator.FIT_POINTS, str(folder), "DRIVER_DISTANCE")

    def _draw_calibration(
        self, layout: bpy.types.UILayout, context: bpy.types.Context, known: Calibration, folder: Path
    ) -> None:
        """What is in use, and how good it is."""
        layout.separator()
        fact(layout, "Fitted To", known.source)
        for shot in known.shots:
            name = f"Shot from {shot.first}" if len(known.shots) > 1 else "Points"
            fact(layout, name, f"{shot.inliers} of {shot.points} Agree")
            fact(layout, "Median Error", f"{shot.median_error:.1%}")
            if shot.coverage < GOOD_COVERAGE:
                text = f"The points cover {shot.coverage:.0%} of the depth: add nearer and farther ones."
                paragraph(layout, context, text, "INFO")
        for problem in known.problems:
            paragraph(layout, context, problem, "ERROR")
        row = layout.row(align=True)
        job_button(row, Operator.OPEN_CHART, str(folder), "IMAGE_DATA")
        job_button(row, Operator.RESET_CALIBRATION, str(folder), "LOOP_BACK", text="Reset")


CLASSES: tuple[type[bpy.types.Panel | bpy.types.UIList], ...] = (
    SEQUENCER_UL_depth_points,
    SEQUENCER_PT_depth_calibration,
)
