# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimating all selected strips."""

import bpy

from .. import compat
from ..engine.contract import DepthError
from ..engine.job import State
from ..engine.locate import NoEngine
from ..jobs import timer
from ..jobs.batch import Batch, estimate_selected
from ..jobs.session import session
from ..properties import settings_of
from .base import Returned, plain, tell
from .ids import Operator
from .models import missing_weights


def batch_refusal(context: bpy.types.Context) -> str:
    """Why the selected strips cannot be estimated now; empty if they can."""
    scene = compat.sequencer_scene(context)
    editor = scene.sequence_editor if scene else None
    if scene is None or editor is None or not compat.selected_strips(editor):
        return "Select strips in the Video Sequencer"
    engine = session().engine.engine
    return plain(engine.reason) if isinstance(engine, NoEngine) else missing_weights(settings_of(scene).model)


class SEQUENCER_OT_depth_estimate_selected(bpy.types.Operator):
    """Estimate the depth of every selected strip, one after the other, each as a job of its own"""

    bl_idname = Operator.ESTIMATE_SELECTED
    bl_label = "Estimate Selected Strips"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = batch_refusal(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Queue and return: the panel shows the progress."""
        return self._estimate(context, wait=False)

    def execute(self, context: bpy.types.Context) -> Returned:
        """Queue and wait for the end of all: for scripts."""
        return self._estimate(context, wait=True)

    def _estimate(self, context: bpy.types.Context, wait: bool) -> Returned:
        scene, state = compat.sequencer_scene(context), session()
        if scene is None:
            return {"CANCELLED"}
        try:
            if wait:
                state.refuse_to_wait()
            batch = estimate_selected(state, scene)
        except DepthError as error:
            self.report({"ERROR"}, tell(error))
            return {"CANCELLED"}
        timer.wake()
        return self._tell(batch, wait)

    def _tell(self, batch: Batch, wait: bool) -> Returned:
        text = batch.report()
        if wait:
            for job in batch.jobs:
                session().wait(job)
            text += "".join(f"\n{job.name}: {job.failure.message}" for job in batch.jobs if job.failure)
        failed = batch.refused or (wait and any(job.state is not State.DONE for job in batch.jobs))
        self.report({"ERROR" if failed and wait else "WARNING" if failed else "INFO"}, text)
        return {"FINISHED"} if batch.jobs else {"CANCELLED"}
