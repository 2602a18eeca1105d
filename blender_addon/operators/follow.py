# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth strips follow what was done to their sources."""

from typing import TYPE_CHECKING

import bpy

from .. import compat, strips
from ..engine.contract import DepthError, ExitCode
from .base import DepthOperator, active
from .ids import Operator


class SEQUENCER_OT_depth_follow_source(DepthOperator):
    """Move, trim and cut the depth strip as its source was, so that each frame lies below its depth again"""

    bl_idname = Operator.FOLLOW
    bl_label = "Follow Source"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        all_strips: bool
    else:
        all_strips: bpy.props.BoolProperty(
            name="All Depth Strips", description="All depth strips of the scene, not only the active strip's"
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        scene = compat.sequencer_scene(context)
        if bpy.app.is_job_running("RENDER"):
            cls.poll_message_set("Blender is rendering")
        elif scene is None:
            cls.poll_message_set("The sequencer shows no scene")
        elif not (scene.sequence_editor and any(map(strips.is_depth_strip, compat.all_strips(scene.sequence_editor)))):
            cls.poll_message_set("There is no depth strip in the scene")
        else:
            return True
        return False

    def run(self, context: bpy.types.Context) -> None:
        scene = compat.sequencer_scene(context)
        if scene is None:
            raise DepthError(ExitCode.USAGE, "The sequencer shows no scene.", "Choose a scene in the sequencer.")
        done = strips.follow(scene, strips.depth_strips(scene) if self.all_strips else self._of_active(context))
        if done.reasons and not done.names:
            raise DepthError(ExitCode.USAGE, ". ".join(done.reasons) + ".")
        count = len(done.names)
        text = f"{count} depth strips follow" if count > 1 else f"{done.names[0]} follows" if count else "All lies well"
        self.report({"WARNING"} if done.reasons else {"INFO"}, ". ".join((text, *done.reasons)))

    def _of_active(self, context: bpy.types.Context) -> list[strips.Pair]:
        selected = active(context)
        pairs = strips.depth_strips_of(*selected) if selected else []
        if not pairs:
            raise DepthError(
                ExitCode.USAGE,
                "The active strip has no depth strip.",
                "Select another strip, or let all depth strips follow.",
            )
        return pairs
