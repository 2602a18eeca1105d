# SPDX-License-Identifier: GPL-3.0-or-later
"""The place of a job that does not run: kept in its folder, so that it outlives Blender."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from .contract import write_text

FILE_NAME = "turn"


class Turn(StrEnum):
    """What the user wants of a job that has no engine; NONE once one was started."""

    NONE = ""
    WAIT = "wait"
    PAUSE = "pause"
    CANCEL = "cancel"


def read_turn(folder: Path) -> Turn:
    """What was kept; NONE where nothing was, or nothing that can be read."""
    try:
        return Turn((folder / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Turn.NONE


def keep_turn(folder: Path, turn: Turn) -> None:
    """Keep it. A folder that cannot be written forgets it: its job cannot run anyway."""
    with suppress(OSError):
        if turn is Turn.NONE:
            (folder / FILE_NAME).unlink(missing_ok=True)
        else:
            write_text(folder / FILE_NAME, turn)
