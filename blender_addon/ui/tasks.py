# SPDX-License-Identifier: GPL-3.0-or-later
"""How work on a finished result is shown: its progress, or why it failed."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..engine import contract
from ..engine.job import State
from ..jobs.session import session
from ..operators.ids import Operator
from .layout import paragraph


def draw_task(layout: bpy.types.UILayout, context: bpy.types.Context, result: Path, kind: contract.TaskKind) -> bool:
    """The newest task of this kind on the result, as far as there is something to say; True while it runs."""
    task = session().task_of(result, kind)
    if task is None:
        return False
    if task.error:
        paragraph(layout, context, f"{task.error.message} {task.error.hint}", "ERROR")
    if task.ended:
        return False
    progress = task.progress
    done, total = (progress.frames_done, progress.frames_total) if progress else (0, 0)
    text = "Stopping" if task.state is State.CANCELLING else f"{done} of {total} Frames" if total else "Starting"
    layout.progress(factor=done / total if total else 0.0, text=text)
    row = layout.row()
    row.enabled = task.state is State.RUNNING
    button = row.operator(Operator.CANCEL_TASK, icon="CANCEL")
    button.result, button.kind = str(result), kind
    return True
