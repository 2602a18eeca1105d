# SPDX-License-Identifier: GPL-3.0-or-later
"""The field of view that the camera noted in the footage."""

import math

import bpy

from ..jobs.session import session
from ..properties import settings_of
from .base import DepthOperator, active
from .ids import Operator


def _noted_view(context: bpy.types.Context) -> float | str:
    """The horizontal angle in degrees, or why there is none, in words."""
    selected = active(context)
    if selected is None:
        return "Select a strip in the Video Sequencer"
    plan = session().outlooks.known(*selected).plan
    if plan is None:
        return "The footage has not been looked at yet"
    return plan.facts.field_of_view or "The camera noted no focal length in the file"


class SEQUENCER_OT_depth_use_footage_view(DepthOperator):
    """Take the field of view from the focal length that the camera noted in the file"""

    bl_idname = Operator.FOOTAGE_VIEW
    bl_label = "From Footage"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        found = _noted_view(context)
        if isinstance(found, str):
            cls.poll_message_set(found)
            return False
        return True

    def run(self, context: bpy.types.Context) -> None:
        selected, found = active(context), _noted_view(context)
        if selected and not isinstance(found, str):
            settings_of(selected[0]).field_of_view = math.radians(found)
