# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on's operators have in common: failures in words, and the job that they work on."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import bpy

from .. import compat
from ..engine import contract
from ..engine.contract import DepthError, ExitCode
from ..engine.job import FollowedJob, State
from ..engine.task import Task
from ..jobs import timer
from ..jobs.session import session

Returned = set[Literal["RUNNING_MODAL", "CANCELLED", "FINISHED", "PASS_THROUGH", "INTERFACE"]]


def plain(text: str) -> str:
    """A sentence as Blender's tooltips want it: without its period."""
    return text.strip().removesuffix(".")


def tell(error: DepthError) -> str:
    """A failure and its hint on two lines."""
    return f"{error.message}\n{error.hint}" if error.hint else error.message


def active(context: bpy.types.Context) -> "tuple[bpy.types.Scene, bpy.types.Strip] | None":  # quoted: 4.2 has no Strip
    """The scene that the sequencer shows and its active strip."""
    scene, strip = compat.sequencer_scene(context), compat.active_strip(context)
    return (scene, strip) if scene and strip else None


class DepthOperator(bpy.types.Operator):
    """An operator whose `run` raises DepthError when it cannot do its work."""

    def run(self, context: bpy.types.Context) -> None:
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> Returned:
        try:
            self.run(context)
        except DepthError as error:
            self.report({"ERROR"}, tell(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class JobOperator(DepthOperator):
    """An operator on one job: that of `folder`, else the newest fitting one of the active strip."""

    if TYPE_CHECKING:
        folder: str
    else:
        folder: bpy.props.StringProperty(
            name="Job Folder", description="The job's folder; empty for the active strip's job", options={"SKIP_SAVE"}
        )

    def job(self, context: bpy.types.Context, *states: State) -> FollowedJob:
        """The job, which must be in one of these states. Raises DepthError if there is none."""
        found = _in_states(states, self._candidates(context))
        if not found:
            raise DepthError(ExitCode.USAGE, "There is no such job.", "Select the strip that it was made for.")
        return found[-1]

    def _candidates(self, context: bpy.types.Context) -> list[FollowedJob]:
        book = session().book
        if self.folder:
            return [job for job in book.jobs if job.folder.path == Path(self.folder)]
        selected = active(context)
        return book.of_strip(*selected) if selected else []


class TaskOperator(JobOperator):
    """An operator that lets the engine work on a finished result, and then does something with the answer.

    `execute` waits for the end, for scripts; `invoke` returns, and panels show the task's progress. Not to be
    registered for undo: the step is made when the answer has been used.
    """

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Start and return."""
        return self._begin(context, wait=False)

    def execute(self, context: bpy.types.Context) -> Returned:
        """Start, and wait for the end."""
        return self._begin(context, wait=True)

    def request(self, context: bpy.types.Context) -> contract.Task:
        """What the engine shall do. Raises DepthError."""
        raise NotImplementedError

    def finish(self) -> Callable[[contract.Answer], None]:
        """What to do with the answer, perhaps long after: it may hold names, but nothing of bpy nor this operator.

        Asked for after `request`. It may raise DepthError.
        """
        raise NotImplementedError

    def _begin(self, context: bpy.types.Context, wait: bool) -> Returned:
        label = self.bl_label

        def conclude(task: Task) -> None:
            try:
                if task.answer is not None:
                    finish(task.answer)
                    bpy.ops.ed.undo_push(message=label)
            except DepthError as error:
                task.error = error

        try:
            request = self.request(context)
            finish = self.finish()
            task = session().run_task(request, conclude)
        except DepthError as error:
            self.report({"ERROR"}, tell(error))
            return {"CANCELLED"}
        timer.wake()
        if not wait:
            return {"FINISHED"}
        session().wait_for_task(task)
        if task.error:
            self.report({"ERROR"}, tell(task.error))
            return {"CANCELLED"}
        return {"FINISHED"} if task.state is State.DONE else {"CANCELLED"}


def any_job(*states: State) -> bool:
    """Whether the session knows a job in one of these states."""
    return bool(_in_states(states, session().book.jobs))


def _in_states(states: tuple[State, ...], jobs: list[FollowedJob]) -> list[FollowedJob]:
    return [job for job in jobs if job.state in states]
