# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting the engine up: from here where the installer is known, else by a command to paste into a terminal."""

import time
from typing import cast

import bpy

from ..engine.contract import DepthError, ExitCode
from ..engine.setup import COMMAND, find_installer
from ..jobs import timer
from ..jobs.session import POLL_SECONDS, session
from .base import DepthOperator, Returned, tell
from .ids import Operator
from .models import offline_reason


def _refusal() -> str:
    """Why the engine cannot be set up now; empty if it can."""
    if session().setting_up:
        return "The engine is being set up"
    if any(job.busy for job in session().book.jobs):
        return "The engine is at work"
    return offline_reason()


class SEQUENCER_OT_depth_set_up_engine(DepthOperator):
    """Download the engine and what it needs, and set it up in its own folder; no other program is changed"""

    bl_idname = Operator.SET_UP
    bl_label = "Set Up Engine"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = _refusal()
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Start and return: the panel shows how far it is."""
        try:
            self._begin()
        except DepthError as error:
            self.report({"ERROR"}, tell(error))
            return {"CANCELLED"}
        timer.wake()
        return {"FINISHED"}

    def run(self, context: bpy.types.Context) -> None:
        """Start, and wait for the end: for scripts."""
        self._begin()
        while session().setting_up:
            session().tick()
            time.sleep(POLL_SECONDS)
        setup = session().setup
        if setup and setup.error:
            raise setup.error

    def _begin(self) -> None:
        installer = find_installer()
        if installer is None:
            raise DepthError(
                ExitCode.USAGE, "The installer is not on this computer any more.", f"Run it in a terminal: {COMMAND}"
            )
        session().set_up_engine(installer)


class SEQUENCER_OT_depth_cancel_setup(DepthOperator):
    """Stop setting the engine up; the next time goes on with what is there"""

    bl_idname = Operator.CANCEL_SET_UP
    bl_label = "Cancel Setup"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not session().setting_up:
            cls.poll_message_set("The engine is not being set up")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        session().cancel_setup()
        timer.wake()


class SEQUENCER_OT_depth_copy_command(DepthOperator):
    """Copy the command that sets the engine up, to be pasted into a terminal in the folder of Estimate Depth"""

    bl_idname = Operator.COPY_COMMAND
    bl_label = "Copy Command"

    def run(self, context: bpy.types.Context) -> None:
        cast("bpy.types.WindowManager", context.window_manager).clipboard = COMMAND
        self.report({"INFO"}, f"Copied: {COMMAND}")
