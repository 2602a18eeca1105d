# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking away what ended jobs have left and can be made again."""

import time
from typing import TYPE_CHECKING, cast

import bpy

from ..engine.job import ENDED
from ..engine.leftovers import Kind, by_kind
from ..figures import data_size
from ..jobs import timer
from ..jobs.session import POLL_SECONDS, session
from .base import DepthOperator, Returned, any_job
from .ids import Operator

NAMES = {
    Kind.UNFINISHED: ("Unfinished Work", "Checkpoints: jobs that were broken off begin with their first frame then"),
    Kind.FOOTAGE: ("Rendered Frames", "Frames of strips that were rendered for jobs that are finished"),
    Kind.RECORDS: ("Old Records", "What earlier runs of a job told; the newest stays"),
}


class CleanUp(DepthOperator):
    """Remove what ended jobs have left and can be made again, after asking; never depth nor results"""

    bl_idname = Operator.CLEAN_UP
    bl_label = "Clean Up"

    if TYPE_CHECKING:
        unfinished: bool
        footage: bool
        records: bool
    else:
        unfinished: bpy.props.BoolProperty(name=NAMES[Kind.UNFINISHED][0], description=NAMES[Kind.UNFINISHED][1])
        footage: bpy.props.BoolProperty(name=NAMES[Kind.FOOTAGE][0], description=NAMES[Kind.FOOTAGE][1], default=True)
        records: bpy.props.BoolProperty(name=NAMES[Kind.RECORDS][0], description=NAMES[Kind.RECORDS][1], default=True)

    sizes: dict[Kind, int]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not any_job(*ENDED):
            cls.poll_message_set("No job has ended")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Show what there is, and how large."""
        self.sizes = by_kind(session().book.leftovers())
        return cast("bpy.types.WindowManager", context.window_manager).invoke_props_dialog(
            self, confirm_text="Clean Up"
        )

    def run(self, context: bpy.types.Context) -> None:
        chosen = {kind for kind in Kind if getattr(self, kind.value)}
        book = session().book
        freed = sum(size for kind, size in by_kind(book.leftovers()).items() if kind in chosen)
        book.clean_up(chosen)
        session().sizes.clear()
        timer.wake()
        while book.cleaning and bpy.app.background:  # timers never fire in the background
            session().tick()
            time.sleep(POLL_SECONDS)
        self.report({"INFO"}, f"{data_size(freed)} freed")
