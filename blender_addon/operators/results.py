# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of a finished job: relief, points, camera, a strip on the timeline."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from .. import compat, scene, strips
from ..engine.contract import DepthError, ExitCode
from ..engine.job import State
from ..properties import settings_of
from .base import JobOperator, Returned
from .ids import Operator

PROJECTIONS = (
    ("PERSPECTIVE", "Perspective", "Every pixel stands where the camera saw it"),
    ("FLAT", "Flat", "A plane that is displaced along its normal"),
)


class ResultOperator(JobOperator):
    """An operator on a finished job, or on any folder that holds a result."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if bpy.app.is_job_running("RENDER"):
            cls.poll_message_set("Blender is rendering")
            return False
        return True

    def result_folder(self, context: bpy.types.Context) -> Path:
        """`folder`, or that of the active strip's newest result. Raises DepthError if there is none."""
        return Path(self.folder) if self.folder else self.job(context, State.DONE).folder.path


class CreateOperator(ResultOperator):
    """An operator that adds an object to the scene; its settings stay adjustable right afterwards."""

    if TYPE_CHECKING:
        field_of_view: float
        near: float
        far: float
    else:
        field_of_view: bpy.props.FloatProperty(
            name="Field of View",
            description="Horizontal angle of the camera that took the footage",
            subtype="ANGLE",
            default=math.radians(55.0),
            min=math.radians(1.0),
            max=math.radians(170.0),
        )
        near: bpy.props.FloatProperty(
            name="Near", description="Distance of what is nearest", subtype="DISTANCE", default=1.0, min=0.001
        )
        far: bpy.props.FloatProperty(
            name="Far", description="Distance of what is farthest", subtype="DISTANCE", default=20.0, min=0.001
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Take the angle from the scene's settings, unless it was given."""
        shown = compat.sequencer_scene(context)
        if shown and not self.properties.is_property_set("field_of_view"):
            self.field_of_view = settings_of(shown).field_of_view
        return self.execute(context)

    def run(self, context: bpy.types.Context) -> None:
        result = scene.load_result(self.result_folder(context))
        made = self.create(cast("bpy.types.Scene", context.scene), result)
        layer = cast("bpy.types.ViewLayer", context.view_layer)
        layer.objects.active = made
        for other in layer.objects:
            other.select_set(other == made)
        self.report({"INFO"}, f"Created {made.name}")

    def create(self, target: bpy.types.Scene, result: scene.Result) -> bpy.types.Object:
        raise NotImplementedError

    def scene_settings(self) -> scene.SceneSettings:
        return scene.SceneSettings(field_of_view=self.field_of_view, near=self.near, far=self.far)


class SEQUENCER_OT_depth_create_relief(CreateOperator):
    """Create an animated relief: a mesh displaced by the depth, seen by a matched camera"""

    bl_idname = Operator.RELIEF
    bl_label = "Create Relief"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        projection: scene.settings.Projection
    else:
        projection: bpy.props.EnumProperty(
            name="Projection", description="How pixels are placed in space", items=PROJECTIONS
        )

    def create(self, target: bpy.types.Scene, result: scene.Result) -> bpy.types.Object:
        return scene.create_relief(target, result, replace(self.scene_settings(), projection=self.projection))


class SEQUENCER_OT_depth_create_points(CreateOperator):
    """Create an animated point cloud in the footage's colors, seen by a matched camera"""

    bl_idname = Operator.POINTS
    bl_label = "Create Points"
    bl_options = {"REGISTER", "UNDO"}

    def create(self, target: bpy.types.Scene, result: scene.Result) -> bpy.types.Object:
        return scene.create_points(target, result, self.scene_settings())


class SEQUENCER_OT_depth_create_camera(CreateOperator):
    """Create the camera that matches the footage, and make it the scene's camera"""

    bl_idname = Operator.CAMERA
    bl_label = "Create Camera"
    bl_options = {"REGISTER", "UNDO"}

    def create(self, target: bpy.types.Scene, result: scene.Result) -> bpy.types.Object:
        camera = scene.create_camera(target, result, self.scene_settings())
        scene.look_through(target, camera)
        return camera


class SEQUENCER_OT_depth_add_strip(ResultOperator):
    """Add the depth as a strip above its source, in sync with it"""

    bl_idname = Operator.STRIP
    bl_label = "Add Depth Strip"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> None:
        folder = self.result_folder(context)
        manifest = scene.load_result(folder).manifest
        placement = strips.Placement.load(folder)
        if placement is None:
            raise DepthError(
                ExitCode.USAGE, f"{folder.name} was not made from a strip.", "Add its preview with Add > Movie."
            )
        target = bpy.data.scenes.get(placement.scene) or compat.sequencer_scene(context)
        if target is None:
            raise DepthError(ExitCode.USAGE, "The sequencer shows no scene.", "Choose a scene in the sequencer.")
        name = strips.add_depth_strip(target, placement, manifest, folder)
        self.report({"INFO"}, f"Added {name}")


class SEQUENCER_OT_depth_open_folder(JobOperator):
    """Reveal this job's folder in the file manager"""

    bl_idname = Operator.OPEN_FOLDER
    bl_label = "Open Folder"

    def run(self, context: bpy.types.Context) -> None:
        folder = Path(self.folder) if self.folder else self.job(context, *State).folder.path
        if not folder.is_dir():
            raise DepthError(ExitCode.USAGE, f"There is no folder {folder}.", "It was moved or deleted.")
        try:
            bpy.ops.wm.path_open(filepath=str(folder))
        except RuntimeError as error:
            raise DepthError(ExitCode.INTERNAL, f"The file manager did not open {folder}.", str(error)) from None
