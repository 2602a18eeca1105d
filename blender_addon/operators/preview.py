# SPDX-License-Identifier: GPL-3.0-or-later
"""A quick look at a few frames before the long run."""

from typing import TYPE_CHECKING

import bpy

from .. import compat
from ..engine.contract import DepthError
from ..engine.job import State
from ..jobs import timer
from ..jobs.session import session
from .base import Returned, active, tell
from .estimate import refusal
from .ids import Operator


def preview_refusal(context: bpy.types.Context) -> str:
    """Why the frames at the playhead cannot be estimated now; empty if they can."""
    selected = active(context)
    if selected is None:
        return "Select a strip in the Video Sequencer"
    scene, strip = selected
    left, right = compat.handles(strip)
    if not left <= scene.frame_current < right:
        return "Move the playhead onto the strip"
    if any(not job.ended for job in session().book.previews_of(scene, strip)):
        return "A preview is being made"
    return "" if session().book.is_estimating(scene, strip) else refusal(context)


class SEQUENCER_OT_depth_preview(bpy.types.Operator):
    """Estimate a few frames from the playhead on, small and quick; they replace the strip's last preview"""

    bl_idname = Operator.PREVIEW
    bl_label = "Preview"

    if TYPE_CHECKING:
        frames: int
    else:
        frames: bpy.props.IntProperty(
            name="Frames", description="How many frames", default=1, min=1, max=64, options={"SKIP_SAVE"}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = preview_refusal(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Start and return: the panel shows the picture."""
        return self._preview(context, wait=False)

    def execute(self, context: bpy.types.Context) -> Returned:
        """Start and wait for the end: for scripts."""
        return self._preview(context, wait=True)

    def _preview(self, context: bpy.types.Context, wait: bool) -> Returned:
        selected = active(context)
        if selected is None:
            return {"CANCELLED"}
        try:
            if wait:
                session().refuse_to_wait()
            job = session().preview(*selected, self.frames)
        except DepthError as error:
            self.report({"ERROR"}, tell(error))
            return {"CANCELLED"}
        timer.wake()
        if wait:
            session().wait(job)
            if job.failure:
                self.report({"ERROR"}, f"{job.failure.message}\n{job.failure.hint}".strip())
        return {"FINISHED"} if not wait or job.state is State.DONE else {"CANCELLED"}
