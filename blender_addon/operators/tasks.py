# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with the engine's work on a finished result."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from ..engine import contract
from ..engine.contract import DepthError, ExitCode
from ..jobs import timer
from ..jobs.session import session
from .base import DepthOperator
from .ids import Operator


class SEQUENCER_OT_depth_cancel_task(DepthOperator):
    """Stop this work; the result stays as it was"""

    bl_idname = Operator.CANCEL_TASK
    bl_label = "Cancel"

    if TYPE_CHECKING:
        result: str
        kind: str
    else:
        result: bpy.props.StringProperty(
            name="Result", description="The folder of the result that is worked on", options={"SKIP_SAVE"}
        )
        kind: bpy.props.StringProperty(name="Kind", description="What is being done", options={"SKIP_SAVE"})

    def run(self, context: bpy.types.Context) -> None:
        task = session().task_of(Path(self.result), cast("contract.TaskKind", self.kind))
        if task is None or task.ended:
            raise DepthError(ExitCode.USAGE, "Nothing of this kind is being done.", "It has ended already.")
        task.cancel()
        timer.wake()
