# SPDX-License-Identifier: GPL-3.0-or-later
"""Measured points: adding and removing them, and looking at how well the depth meets them."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import bpy

from .. import scene
from ..calibration_settings import calibration_settings
from ..engine.contract import DepthError, ExitCode
from ..engine.job import State
from .base import DepthOperator, JobOperator
from .calibration import settings_scene
from .ids import Operator

PLACES = (
    ("CENTER", "Center", "The middle of the picture, to be moved by typing X and Y"),
    ("CURSOR", "3D Cursor", "Where the matched camera sees the 3D cursor"),
)


class SEQUENCER_OT_depth_add_point(JobOperator):
    """Add a place in the footage, at the current frame, whose distance you have measured"""

    bl_idname = Operator.ADD_POINT
    bl_label = "Add Measured Point"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        place: Literal["CENTER", "CURSOR"]
    else:
        place: bpy.props.EnumProperty(name="Place", description="Where the point is", items=PLACES)

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        if getattr(properties, "place", "") == "CURSOR":
            return (
                "Add the place where the matched camera sees the 3D cursor, with its present distance to be corrected"
            )
        return "Add the middle of the picture, at the current frame, to be moved by typing X and Y"

    def run(self, context: bpy.types.Context) -> None:
        result = scene.load_result(Path(self.folder) if self.folder else self.job(context, State.DONE).folder.path)
        target, shown = cast("bpy.types.Scene", context.scene), settings_scene(context)
        facts = result.manifest.facts
        seen = scene.Seen(facts.width / 2, facts.height / 2, 1.0)
        if self.place == "CURSOR":
            seen = scene.seen_by_camera(target, result, target.cursor.location)
        settings = calibration_settings(shown)
        point = settings.points.add()
        point.result, point.frame = result.identity, shown.frame_current
        point.x, point.y, point.distance = seen
        settings.point_index = len(settings.points) - 1


class SEQUENCER_OT_depth_remove_point(DepthOperator):
    """Remove the chosen point"""

    bl_idname = Operator.REMOVE_POINT
    bl_label = "Remove Measured Point"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not calibration_settings(settings_scene(context)).points:
            cls.poll_message_set("There are no measured points")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        settings = calibration_settings(settings_scene(context))
        settings.points.remove(settings.point_index)
        settings.point_index = max(0, min(settings.point_index, len(settings.points) - 1))


class SEQUENCER_OT_depth_open_chart(JobOperator):
    """Show a chart of how far the fitted depth is from each point that it was fitted to"""

    bl_idname = Operator.OPEN_CHART
    bl_label = "Show Errors"

    def run(self, context: bpy.types.Context) -> None:
        result = scene.load_result(Path(self.folder) if self.folder else self.job(context, State.DONE).folder.path)
        picture = result.calibration.picture if result.calibration else None
        if not picture or not (result.folder / picture).is_file():
            raise DepthError(ExitCode.USAGE, "There is no chart.", "Calibrate the result first.")
        try:
            bpy.ops.wm.path_open(filepath=str(result.folder / picture))
        except RuntimeError as error:
            raise DepthError(ExitCode.INTERNAL, f"The chart {picture} did not open.", str(error)) from None
