# SPDX-License-Identifier: GPL-3.0-or-later
"""A matte for the active relief or points."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from .. import scene, strips
from ..engine.contract import DepthError, ExitCode
from .base import DepthOperator, Returned, active
from .ids import Operator

CHANNELS = (
    ("BRIGHTNESS", "Brightness", "What is black goes"),
    ("ALPHA", "Alpha", "What is clear goes"),
)

MASK_FOLDER = "mask"  # in the result's folder: what was rendered from a mask strip


class PlayerOperator(DepthOperator):
    """An operator on the active object, a relief or points that plays a result."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.active_object is None or scene.find_player(context.active_object) is None:
            cls.poll_message_set("Select a relief or points made from a result")
            return False
        return True


class OBJECT_OT_depth_set_mask(PlayerOperator):
    """Choose a picture, a movie or an image sequence that says what of the footage is kept"""

    bl_idname = Operator.SET_MASK
    bl_label = "Set Mask"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        filepath: str
        channel: scene.playback.MaskChannel
        filter_image: bool
        filter_movie: bool
        filter_folder: bool
    else:
        filepath: bpy.props.StringProperty(
            name="File", description="The mask, or one file of its sequence", subtype="FILE_PATH", options={"SKIP_SAVE"}
        )
        channel: bpy.props.EnumProperty(name="Mask From", description="What of the mask is read", items=CHANNELS)
        filter_image: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
        filter_movie: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
        filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file."""
        cast("bpy.types.WindowManager", context.window_manager).fileselect_add(self)
        return {"RUNNING_MODAL"}

    def run(self, context: bpy.types.Context) -> None:
        played = cast("bpy.types.Object", context.active_object)
        path = Path(bpy.path.abspath(self.filepath))  # pyright: ignore[reportUnknownMemberType]
        scene.set_mask(played, scene.result_of(played), path, self.channel)


class OBJECT_OT_depth_mask_from_strip(PlayerOperator):
    """Keep what the sequencer's active strip shows bright, where it lies over the footage"""

    bl_idname = Operator.MASK_FROM_STRIP
    bl_label = "Mask from Strip"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if active(context) is None:
            cls.poll_message_set("Select a mask strip in the Video Sequencer")
            return False
        return super().poll(context)

    def run(self, context: bpy.types.Context) -> None:
        selected = active(context)
        if selected is None:
            raise DepthError(ExitCode.USAGE, "No strip is selected.", "Select a mask strip in the Video Sequencer.")
        played = cast("bpy.types.Object", context.active_object)
        result = scene.result_of(played)
        manager = cast("Any", context.window_manager)
        manager.progress_begin(0.0, 1.0)
        try:
            first = strips.export_numbered(
                *selected,
                result.folder / MASK_FOLDER,
                result.number_one,
                lambda done, total: manager.progress_update(done / total),
            )
        finally:
            manager.progress_end()
        scene.set_mask(played, result, first)


class OBJECT_OT_depth_clear_mask(PlayerOperator):
    """Take the mask away and keep everything"""

    bl_idname = Operator.CLEAR_MASK
    bl_label = "Clear Mask"
    bl_options = {"REGISTER", "UNDO"}

    def run(self, context: bpy.types.Context) -> None:
        scene.clear_mask(cast("bpy.types.Object", context.active_object))
