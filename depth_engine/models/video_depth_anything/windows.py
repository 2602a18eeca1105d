# SPDX-License-Identifier: Apache-2.0
"""How a shot becomes windows of 32 frames, as published. Imports nothing heavy.

A window after the first one begins with 10 frames that the last window has seen already, in this order: the one at
place 0, which is the shot's first frame in every window, the one at place 12, and the last 8. The first two are the
keyframes: they tell by which scale and shift the new window's disparity differs. In the last 8 both windows are faded
into each other.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = 32
KEYFRAMES = (0, 12)
FADED = tuple(range(24, 32))
SEEN = KEYFRAMES + FADED
"""Places in the last window of the frames that come first in the next one."""

STRIDE = WINDOW - len(SEEN)
"""New frames of each window after the first."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a frame of a stream sees of earlier ones, in this order: the shot's first frame, the one `gap` before it,
    and the last `recent`. Before the shot's start stands its first frame again. Without a gap only the last ones, and
    fewer of them at the shot's start. With 0 recent ones each frame is a picture by itself.
    """

    recent: int
    gap: int = 0

    def seen(self, number: int) -> list[int]:
        """Numbers, from 0, of the frames that a frame sees; none for the first one."""
        if not self.gap:
            return list(range(max(0, number - self.recent), number))
        if number == 0:
            return []
        last = range(number - self.recent, number)
        return [0, max(0, number - self.gap), *(max(0, each) for each in last)]

    def kept(self, number: int) -> list[int]:
        """Numbers of the frames that this one, or a later one, sees."""
        first = [0] if self.gap and number else []
        return [*first, *range(max(len(first), number - max(self.gap, self.recent)), number)]

    @property
    def most(self) -> int:
        """How many frames are kept at most."""
        return self.gap + 1 if self.gap else self.recent


STREAMING = Sight(recent=29, gap=41)
"""The published mode's."""


def window_count(frames: int, streaming: bool = False) -> int:
    """Windows that cover so many frames; the last frame is repeated where they do not fill the last window.

    In streaming each frame has its own.
    """
    return frames if streaming else 1 + max(0, -(-(frames - WINDOW) // STRIDE))
