# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about the installation: the engine's self-check, and what the folders hold."""

import time

import bpy

from ..engine.contract import DepthError, Diagnosis
from ..jobs import timer
from ..jobs.session import POLL_SECONDS, session
from ..preferences import get_preferences
from .base import DepthOperator, Returned
from .ids import Operator


class SEQUENCER_OT_depth_check_engine(DepthOperator):
    """Let the engine check itself, and show its findings in the preferences"""

    bl_idname = Operator.CHECK_ENGINE
    bl_label = "Check Engine"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session().engine.checking:
            cls.poll_message_set("The engine is being checked")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Start and return: the preferences show the findings."""
        session().engine.check(get_preferences().engine)
        timer.wake()
        return {"FINISHED"}

    def run(self, context: bpy.types.Context) -> None:
        state = session()
        state.engine.check(get_preferences().engine)
        while state.engine.checking:
            state.tick()
            time.sleep(POLL_SECONDS)
        found = state.engine.diagnosis
        if isinstance(found, DepthError):
            raise found
        if isinstance(found, Diagnosis):
            self.report({"INFO"}, "\n".join(f"{check.name}: {check.status}, {check.message}" for check in found.checks))


class SEQUENCER_OT_depth_clear_engine(DepthOperator):
    """Forget the command that was chosen as Engine, and find the engine automatically"""

    bl_idname = Operator.CLEAR_ENGINE
    bl_label = "Find Automatically"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not get_preferences().engine:
            cls.poll_message_set("No engine is chosen")
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        get_preferences().engine = ""
        session().engine.look("")
        timer.wake()


class SEQUENCER_OT_depth_measure_folders(DepthOperator):
    """Count what the folders of the engine and the add-on hold"""

    bl_idname = Operator.MEASURE
    bl_label = "Measure Folders"

    def run(self, context: bpy.types.Context) -> None:
        session().measure_folders()
        timer.wake()
