# SPDX-License-Identifier: GPL-3.0-or-later
"""From relative depth to true depth: fitted to a camera solve or to measured points, by the engine."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from .. import compat, scene
from ..calibration_settings import calibration_settings, points_of
from ..engine import contract
from ..engine.contract import DepthError, DepthObservation, ExitCode
from ..engine.job import State
from ..properties import settings_of
from .base import TaskOperator
from .ids import Operator


def settings_scene(context: bpy.types.Context) -> bpy.types.Scene:
    """The scene that the sequencer shows, which keeps the settings; else the window's."""
    return compat.sequencer_scene(context) or cast("bpy.types.Scene", context.scene)


def use_calibration(names: tuple[str, str], folder: Path, solve: scene.Solve | None) -> None:
    """Bring a scene's objects into line with the calibration that the result has now, and with the solve.

    names: of the scene with the objects, and of the one with the settings.
    """
    result = scene.load_result(folder)
    target, shown = (bpy.data.scenes.get(name) for name in names)
    if target is None or shown is None:
        raise DepthError(ExitCode.USAGE, "The scene is not here any more.", "Calibrate again.")
    if solve:
        settings_of(shown).field_of_view = solve.field_of_view
        scene.match_solve(target, result, solve)
    if result.calibration is None:
        scene.stop_moving(target, result)
    scene.apply_calibration(target, result)


class CalibrateOperator(TaskOperator):
    """An operator that lets the engine calibrate the active strip's result, or that of `folder`."""

    if TYPE_CHECKING:
        write_z: bool
    else:
        write_z: bpy.props.BoolProperty(
            name="Write Z",
            description="Add the fitted depth to the EXR files as channel Z, for other programs",
            options={"SKIP_SAVE"},
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if bpy.app.is_job_running("RENDER"):
            cls.poll_message_set("Blender is rendering")
            return False
        return True

    def take_settings(self, context: bpy.types.Context, *names: str) -> None:
        """Properties that were not given are those of the scene's settings."""
        for name in names:
            if not self.properties.is_property_set(name):
                setattr(self, name, getattr(calibration_settings(settings_scene(context)), name))

    def result(self, context: bpy.types.Context) -> scene.Result:
        return scene.load_result(Path(self.folder) if self.folder else self.job(context, State.DONE).folder.path)

    def scenes(self, context: bpy.types.Context) -> tuple[str, str]:
        """The scene with the objects, and the one with the settings."""
        return cast("bpy.types.Scene", context.scene).name, settings_scene(context).name


class SEQUENCER_OT_depth_fit_solve(CalibrateOperator):
    """Fit the depth to the solved camera of the strip's Movie Clip: true scale, matched lens, and the camera's path"""

    bl_idname = Operator.FIT_SOLVE
    bl_label = "Fit to Camera Solve"

    if TYPE_CHECKING:
        clip: str
        move_camera: bool
    else:
        clip: bpy.props.StringProperty(
            name="Movie Clip",
            description="Name of the solved clip; empty for the one that shows the strip's own file",
            options={"SKIP_SAVE"},
        )
        move_camera: bpy.props.BoolProperty(
            name="Move Camera",
            description="Let camera and relief move as the solved camera",
            default=True,
            options={"SKIP_SAVE"},
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not any(scene.is_solved(clip) for clip in bpy.data.movieclips):
            cls.poll_message_set("No Movie Clip has a solved camera: track and solve it in the Movie Clip Editor")
            return False
        return super().poll(context)

    def request(self, context: bpy.types.Context) -> contract.Task:
        self.take_settings(context, "move_camera", "write_z")
        result = self.result(context)
        solve = scene.read_solve(cast("bpy.types.Scene", context.scene), self._clip(context, result), result)
        self._work = (self.scenes(context), result.folder, solve, self.move_camera)
        return contract.CalibrateJob(
            str(result.folder), solve.observations, f"Camera solve of {solve.clip}", write_z=self.write_z
        )

    def _clip(self, context: bpy.types.Context, result: scene.Result) -> bpy.types.MovieClip:
        chosen = calibration_settings(settings_scene(context)).clip
        clip = bpy.data.movieclips.get(self.clip) if self.clip else chosen or scene.find_clip(result)
        if clip is None:
            raise DepthError(
                ExitCode.USAGE, "No Movie Clip shows the file of this strip.", "Choose the clip with the solve."
            )
        return clip

    def finish(self) -> Callable[[contract.Answer], None]:
        names, folder, solve, moves = self._work
        return lambda _: use_calibration(names, folder, solve if moves else solve.standing())


class SEQUENCER_OT_depth_fit_points(CalibrateOperator):
    """Fit the depth to points with measured distances: two or more a shot, or one alone with the farthest at Far"""

    bl_idname = Operator.FIT_POINTS
    bl_label = "Fit to Measured Points"

    if TYPE_CHECKING:
        far: float
    else:
        far: bpy.props.FloatProperty(
            name="Far",
            description="Distance of what is farthest, for shots with a single point",
            subtype="DISTANCE",
            default=20.0,
            min=0.001,
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not calibration_settings(settings_scene(context)).points:
            cls.poll_message_set("There are no measured points yet")
            return False
        return super().poll(context)

    def request(self, context: bpy.types.Context) -> contract.Task:
        self.take_settings(context, "write_z")
        result = self.result(context)
        points = list(points_of(settings_scene(context), result.identity))
        if not points:
            raise DepthError(ExitCode.USAGE, "This result has no measured points.", "Add some, near and far.")
        self._work = (self.scenes(context), result.folder)
        observations = tuple(
            DepthObservation(point.frame - result.number_one + 1, point.x, point.y, point.distance) for point in points
        )
        return contract.CalibrateJob(str(result.folder), observations, "Measured points", self.far, self.write_z)

    def finish(self) -> Callable[[contract.Answer], None]:
        names, folder = self._work

        def use(answer: contract.Answer) -> None:
            use_calibration(names, folder, None)
            points = list(points_of(bpy.data.scenes[names[1]], folder.name))
            for point, error in zip(points, cast(contract.Calibration, answer).errors):
                point.is_fitted, point.error = error is not None, error or 0.0

        return use


class SEQUENCER_OT_depth_reset_calibration(CalibrateOperator):
    """Forget the calibration: relative depth between Near and Far again, a camera that stands still, and no Z"""

    bl_idname = Operator.RESET_CALIBRATION
    bl_label = "Reset Calibration"

    def request(self, context: bpy.types.Context) -> contract.Task:
        result = self.result(context)
        if result.calibration is None:
            raise DepthError(ExitCode.USAGE, "This result is not calibrated.", "There is nothing to reset.")
        self._work = (self.scenes(context), result.folder)
        return contract.CalibrateJob(str(result.folder), remove=True)

    def finish(self) -> Callable[[contract.Answer], None]:
        names, folder = self._work
        return lambda _: use_calibration(names, folder, None)
