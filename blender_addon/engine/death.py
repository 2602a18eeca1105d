# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an engine ended that left neither a result nor a word about it."""

from __future__ import annotations

from pathlib import Path

from .state import Failure, Fix

LOG_TAIL_BYTES = 4000


def death(code: int | None, log_file: Path) -> Failure:
    """code: what the process ended with, negative for a signal; None if nobody watched it."""
    if code is not None and code < 0:
        hint = "Often too little memory: choose a smaller size, close other programs, then start again."
        return Failure(f"The engine was stopped from outside (signal {-code}).", hint, Fix.MEMORY)
    if code is None:
        hint = "It was stopped from outside, or the computer was switched off."
        return Failure("The engine ended without a result while Blender did not watch it.", hint, Fix.RESTART)
    said = _log_tail(log_file)
    hint = said[-1] if said else "See engine.log in the job's folder."
    return Failure(f"The engine stopped before it was finished (code {code}).", hint, Fix.RESTART)


def _log_tail(log_file: Path) -> list[str]:
    """The last lines of what the engine printed."""
    try:
        with log_file.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.strip()]
