# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue: the order of its jobs, pauses, and other ways to try a job again."""

from typing import TYPE_CHECKING, Literal

import bpy

from .. import strips
from ..engine.contract import DepthError, ExitCode
from ..engine.job import Fix, FollowedJob, State
from ..jobs import timer
from ..jobs.session import session
from .base import DepthOperator, JobOperator, any_job
from .estimate import AgainOperator
from .ids import Operator

DIRECTIONS = (("UP", "Up", "Earlier"), ("DOWN", "Down", "Later"))


class SEQUENCER_OT_depth_move_job(JobOperator):
    """Let this job have its turn earlier or later"""

    bl_idname = Operator.MOVE
    bl_label = "Move Job"

    if TYPE_CHECKING:
        direction: Literal["UP", "DOWN"]
    else:
        direction: bpy.props.EnumProperty(name="Direction", items=DIRECTIONS, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not any_job(State.WAITING, State.PAUSED):
            cls.poll_message_set("No job is waiting")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        session().book.move(self.job(context, State.WAITING, State.PAUSED), -1 if self.direction == "UP" else 1)
        timer.wake()


class SEQUENCER_OT_depth_pause(JobOperator):
    """Stop this job for now: the jobs behind go first, and it goes on from its last checkpoint"""

    bl_idname = Operator.PAUSE
    bl_label = "Pause"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not any_job(State.WAITING, State.PREPARING, State.RUNNING):
            cls.poll_message_set("No job is running or waiting")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        self.job(context, State.WAITING, State.PREPARING, State.RUNNING).pause()
        timer.wake()


class SEQUENCER_OT_depth_resume(JobOperator):
    """Put this paused job back into the queue"""

    bl_idname = Operator.RESUME
    bl_label = "Resume"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not any_job(State.PAUSED):
            cls.poll_message_set("No job is paused")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        self.job(context, State.PAUSED).resume()
        timer.wake()


class SEQUENCER_OT_depth_hold_queue(DepthOperator):
    """Let no other job begin until the queue is resumed; the running one goes on to its end"""

    bl_idname = Operator.HOLD
    bl_label = "Pause Queue"

    if TYPE_CHECKING:
        hold: bool
    else:
        hold: bpy.props.BoolProperty(
            name="Pause", description="Off to let the queue go on", default=True, options={"SKIP_SAVE"}
        )

    def run(self, context: bpy.types.Context) -> None:
        session().book.hold(self.hold)
        timer.wake()


class SEQUENCER_OT_depth_less_memory(AgainOperator):
    """Start this job again with smaller pictures for its model, and shorter windows if need be"""

    bl_idname = Operator.LESS_MEMORY
    bl_label = "Retry with Less Memory"

    def queue(self, job: FollowedJob) -> None:
        session().book.retry_with_less_memory(job)


class SEQUENCER_OT_depth_estimate_again(JobOperator):
    """Estimate the strip of this broken-off job again with the scene's settings, in place of it"""

    bl_idname = Operator.ESTIMATE_AGAIN
    bl_label = "Estimate Again"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not any(job.failure and job.failure.fix is Fix.ESTIMATE for job in session().book.jobs):
            cls.poll_message_set("No job was broken off before its frames were rendered")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        job = self.job(context, State.FAILED)
        placement = session().book.placement(job)
        scene = bpy.data.scenes.get(placement.scene) if placement else None
        strip = strips.find_strip(scene, placement.strip_id, placement) if scene and placement else None
        if scene is None or strip is None:
            raise DepthError(ExitCode.USAGE, f"The strip of {job.name} is not in this file.", "Open its file.")
        session().estimate(scene, strip)
        session().book.remove(job, delete_files=True)
        timer.wake()
