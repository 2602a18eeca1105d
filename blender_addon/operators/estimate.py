# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting an estimate, and what can be done with a job that runs or has ended."""

from typing import TYPE_CHECKING, cast

import bpy

from ..engine.contract import DepthError, ExitCode
from ..engine.job import ENDED, FollowedJob, State
from ..engine.locate import NoEngine
from ..jobs import timer
from ..jobs.session import session
from ..properties import settings_of
from .base import DepthOperator, JobOperator, Returned, active, any_job, plain, tell
from .ids import Operator
from .models import missing_weights

_UNFINISHED = (State.WAITING, State.PAUSED, State.PREPARING, State.RUNNING)
REMOVABLE = (State.WAITING, State.PAUSED, *ENDED)


def refusal(context: bpy.types.Context) -> str:
    """Why the active strip cannot be estimated now, as far as that is known already; empty if it can."""
    selected = active(context)
    if selected is None:
        return "Select a strip in the Video Sequencer"
    if selected[1].type == "SOUND":
        return "The strip has no picture"
    state = session()
    if isinstance(state.engine.engine, NoEngine):
        return plain(state.engine.engine.reason)
    if state.book.is_estimating(*selected):
        return "The strip is being estimated already"
    missing = missing_weights(settings_of(selected[0]).model)
    if missing:
        return missing
    outlook = state.outlooks.known(*selected)
    if outlook.error:
        return plain(outlook.error.message)
    if outlook.plan and outlook.plan.problems:
        return plain(outlook.plan.problems[0].message)
    return ""


class SEQUENCER_OT_depth_estimate(bpy.types.Operator):
    """Estimate the depth of the active strip's footage in the background"""

    bl_idname = Operator.ESTIMATE
    bl_label = "Estimate Depth"
    # Not registered for Repeat Last, which would wait for the job's end; there is nothing to undo either.

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = refusal(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Start and return: the panel shows the progress."""
        return self._estimate(context, wait=False)

    def execute(self, context: bpy.types.Context) -> Returned:
        """Start and wait for the end: for scripts."""
        return self._estimate(context, wait=True)

    def _estimate(self, context: bpy.types.Context, wait: bool) -> Returned:
        selected = active(context)
        if selected is None:
            return {"CANCELLED"}
        try:
            if wait:
                session().refuse_to_wait()
            job = session().estimate(*selected)
        except DepthError as error:
            self.report({"ERROR"}, tell(error))
            return {"CANCELLED"}
        timer.wake()
        if not wait:
            return {"FINISHED"}
        session().wait(job)
        if job.failure:
            self.report({"ERROR"}, f"{job.failure.message}\n{job.failure.hint}".strip())
        else:
            self.report({"INFO"}, f"{job.name}: {job.state.value}, {job.folder.path}")
        return {"FINISHED"} if job.state is State.DONE else {"CANCELLED"}


class SEQUENCER_OT_depth_cancel(JobOperator):
    """Stop this job; what it has written so far is not a result, but it may be continued later"""

    bl_idname = Operator.CANCEL
    bl_label = "Cancel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not any_job(*_UNFINISHED):
            cls.poll_message_set("No job is running")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        self.job(context, *_UNFINISHED).cancel()
        timer.wake()


class AgainOperator(JobOperator):
    """An operator that puts a job that has failed or was cancelled back into the queue."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not any_job(State.FAILED, State.CANCELLED):
            cls.poll_message_set("No job has failed or was cancelled")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        job = self.job(context, State.FAILED, State.CANCELLED)
        if not job.prepared:
            raise DepthError(
                ExitCode.USAGE, "This job was stopped before it was prepared.", "Estimate the strip again."
            )
        try:
            self.queue(job)
        except OSError as error:
            raise DepthError(
                ExitCode.NOT_WRITABLE, f"Cannot remove {error.filename}: {error.strerror}.", "Remove it by hand."
            ) from None
        timer.wake()

    def queue(self, job: FollowedJob) -> None:
        """Raises DepthError, or OSError when what is in the way cannot be removed."""
        raise NotImplementedError


class SEQUENCER_OT_depth_continue(AgainOperator):
    """Go on with this job from where it stopped"""

    bl_idname = Operator.CONTINUE
    bl_label = "Continue"

    def queue(self, job: FollowedJob) -> None:
        if not job.resumable:
            raise DepthError(
                ExitCode.USAGE, "This job was stopped before its first window was done.", "Start it again."
            )
        job.resume()


class SEQUENCER_OT_depth_restart(AgainOperator):
    """Start this job again from its first frame"""

    bl_idname = Operator.RESTART
    bl_label = "Start Again"

    def queue(self, job: FollowedJob) -> None:
        job.restart()


class SEQUENCER_OT_depth_remove_job(JobOperator):
    """Take this job off the list, with or without its files"""

    bl_idname = Operator.REMOVE
    bl_label = "Remove Job"

    if TYPE_CHECKING:
        delete_files: bool
    else:
        delete_files: bpy.props.BoolProperty(
            name="Delete Files",
            description="Delete the job's folder with all results; objects and strips made from it lose their pictures",
            options={"SKIP_SAVE"},
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not any_job(*REMOVABLE):
            cls.poll_message_set("No job has ended")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask whether the files go too."""
        return cast("bpy.types.WindowManager", context.window_manager).invoke_props_dialog(self)

    def run(self, context: bpy.types.Context) -> None:
        job = self.job(context, *REMOVABLE)
        try:
            session().book.remove(job, self.delete_files)
        except OSError as error:
            raise DepthError(
                ExitCode.NOT_WRITABLE, f"Cannot remove {error.filename}: {error.strerror}.", "Remove it by hand."
            ) from None
        timer.wake()


class SEQUENCER_OT_depth_plan_again(DepthOperator):
    """Look at the footage, the disk, the models and the engine again"""

    bl_idname = Operator.PLAN_AGAIN
    bl_label = "Look Again"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if active(context) is None:
            cls.poll_message_set("Select a strip in the Video Sequencer")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        session().look_again()
        timer.wake()
