# SPDX-License-Identifier: Apache-2.0
"""A window of a shot, and how long a user wants it."""

from __future__ import annotations

from dataclasses import dataclass

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.base import Settings


@dataclass(frozen=True, slots=True)
class Window:
    """Frames start..end of a shot (from 0, end not included); the first `overlap` of them lie in the window before."""

    start: int
    end: int
    overlap: int

    def __len__(self) -> int:
        return self.end - self.start


def window_and_overlap(wanted: Settings, window: int, overlap: int) -> tuple[int, int]:
    """Frames of a window and of an overlap: as wanted, else the model's own, which are given.

    Raises DepthError BAD_INPUT where they do not fit each other.
    """
    window = wanted.window or window
    overlap = wanted.overlap if wanted.overlap is not None else min(overlap, window - 1)
    if overlap >= window:
        raise DepthError(
            ExitCode.BAD_INPUT,
            f"An overlap of {overlap} frames leaves nothing of a window of {window}.",
            "Choose an --overlap smaller than the --window.",
        )
    return window, overlap
