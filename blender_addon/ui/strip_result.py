# SPDX-License-Identifier: GPL-3.0-or-later
"""The result that panels of the Sequencer work on: the active strip's newest."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import compat
from ..engine.job import State
from ..jobs.session import session


def strip_result(context: bpy.types.Context) -> Path | None:
    """The folder of the active strip's newest finished job."""
    scene, strip = compat.sequencer_scene(context), compat.active_strip(context)
    if not (scene and strip):
        return None
    done = [job for job in session().book.of_strip(scene, strip) if job.state is State.DONE]
    return done[-1].folder.path if done else None


def draw_no_result(layout: bpy.types.UILayout) -> None:
    layout.label(text="Estimate the depth of the strip first", icon="INFO")
