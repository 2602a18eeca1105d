# SPDX-License-Identifier: Apache-2.0
"""How a shot becomes windows of 32 frames, as published. Imports nothing heavy.

A window after the first one begins with 10 frames that the last window has seen already, in this order: the one at
place 0, which is the shot's first frame in every window, the one at place 12, and the last 8. The first two are the
keyframes: they tell by which scale and shift the new window's disparity differs. In the last 8 both windows are faded
into each other.
"""

from __future__ import annotations

WINDOW = 32
KEYFRAMES = (0, 12)
FADED = tuple(range(24, 32))
SEEN = KEYFRAMES + FADED
"""Places in the last window of the frames that come first in the next one."""

STRIDE = WINDOW - len(SEEN)
"""New frames of each window after the first."""

GAP, RECENT = 41, 29
"""In streaming: how far back the second frame lies that each one sees, and how many of the last ones it sees."""


def window_count(frames: int, streaming: bool = False) -> int:
    """Windows that cover so many frames; the last frame is repeated where they do not fill the last window.

    In streaming each frame has its own.
    """
    return frames if streaming else 1 + max(0, -(-(frames - WINDOW) // STRIDE))
