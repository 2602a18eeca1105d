# SPDX-License-Identifier: Apache-2.0
"""How far a job is, told a few times a second, with the time it still needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from depth_engine.contract import Event, FramesWritten, Phase, PhaseChanged, Progress
from depth_engine.models.base import WindowProgress

EVERY_SECONDS = 0.2
FINISHING_SHARE = 0.1
"""A frame's work at the shot's end (PNG16, preview), as a share of all its work."""


class JobProgress:
    """Turns what the model, the writer threads and the shot's end report into events.

    `check` is called with every report and raises Stop once the job is cancelled, or a writer's failure.
    """

    def __init__(self, write: Callable[[Event], None], check: Callable[[], None]) -> None:
        self._write = write
        self.check = check
        self._state = Progress("loading", 0, 0)
        self._share = self._share_before = 0.0
        self._started = time.monotonic()
        self._told_at = 0.0
        self._changed = False
        self._unreported: tuple[int, int] | None = None

    @property
    def frames_done(self) -> int:
        """Frames whose files are complete."""
        return self._state.frames_done

    def phase(self, phase: Phase) -> None:
        """A new part of the work begins."""
        self.check()
        self.flush()
        self._state = replace(self._state, phase=phase)
        self._write(PhaseChanged(phase))

    def start(self, frames_total: int) -> None:
        self._state = replace(self._state, frames_total=frames_total)

    def searched(self, done: int, total: int) -> None:
        """How many frames have been searched for cuts."""
        self._state = replace(self._state, step=done, steps=total)
        self._tell()

    def begin(self, shots: int, written: int = 0, finished: int = 0) -> None:
        """The shots are known: from here on the time is taken.

        written, finished: frames that are complete already, and of those the ones whose shot is finished.
        """
        self._state = replace(self._state, shots=shots, frames_done=written)
        whole = written * (1 - FINISHING_SHARE) + finished * FINISHING_SHARE
        self._share = self._share_before = whole / self._state.frames_total
        self._unreported = None
        self._changed = written > 0
        self._started = time.monotonic()

    def shot(self, index: int, window_frames: int) -> None:
        self._state = replace(
            self._state, shot=index, window=1, windows=1, window_frames=window_frames, step=1, steps=1
        )

    def window(self, at: WindowProgress) -> None:
        """What a model reports between its steps."""
        self._state = replace(self._state, window=at.window, windows=at.windows, step=at.step, steps=at.steps)
        self._tell()

    def written(self, number: int) -> None:
        """A frame's files are complete."""
        first = self._unreported[0] if self._unreported else number
        self._unreported = first, number
        self._state = replace(self._state, frames_done=self._state.frames_done + 1)
        self._share += (1 - FINISHING_SHARE) / self._state.frames_total
        self._tell()

    def finished(self) -> None:
        """One of the two passes over a frame at its shot's end is done."""
        self._share += FINISHING_SHARE / 2 / self._state.frames_total
        self._tell()

    def _tell(self) -> None:
        self.check()
        self._changed = True
        if time.monotonic() - self._told_at >= EVERY_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Tell what has happened since the last time."""
        if self._unreported:
            self._write(FramesWritten(*self._unreported))
            self._unreported = None
        if self._changed:
            self._changed, self._told_at = False, time.monotonic()
            elapsed, share = self._told_at - self._started, self._share - self._share_before
            eta = max(0.0, elapsed * (1 - self._share) / share) if share > 0 else None
            self._write(replace(self._state, eta_seconds=eta, at=time.time()))
