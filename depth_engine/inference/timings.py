# SPDX-License-Identifier: Apache-2.0
"""How long a frame took on this machine, remembered by finished jobs so that the next plan knows."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from depth_engine.contract import DepthError, from_json, user_data_folder, write_text

KEPT = 200


@dataclass(frozen=True, slots=True)
class Timing:
    """guessed_seconds: what a frame would take on a machine that is not known; it grows with everything that a frame
    costs. startup_seconds: until the first frame went in.
    """

    model: str
    device: str
    precision: str
    guessed_seconds: float
    seconds_per_frame: float
    startup_seconds: float
    runtime: str = "torch"

    def same_kind(self, other: Timing) -> bool:
        return self._kind == other._kind

    @property
    def _kind(self) -> tuple[str, ...]:
        return self.model, self.device, self.precision, self.runtime


def remember(timing: Timing) -> None:
    """Note a finished job's speed; the latest one counts for its model, device, precision and work."""
    others = [t for t in _read() if not (t.same_kind(timing) and t.guessed_seconds == timing.guessed_seconds)]
    _file().parent.mkdir(parents=True, exist_ok=True)
    write_text(_file(), json.dumps([dataclasses.asdict(t) for t in [*others, timing][-KEPT:]], indent=1) + "\n")


def expected(guess: Timing) -> tuple[Timing, bool]:
    """What was measured for such a frame, scaled from the nearest work; else the guess. And whether it was measured."""
    measured = [timing for timing in _read() if timing.same_kind(guess)]
    if not measured:
        return guess, False
    nearest = min(measured, key=lambda timing: abs(timing.guessed_seconds - guess.guessed_seconds))
    seconds = nearest.seconds_per_frame * guess.guessed_seconds / nearest.guessed_seconds
    return dataclasses.replace(nearest, guessed_seconds=guess.guessed_seconds, seconds_per_frame=seconds), True


def _file() -> Path:
    return user_data_folder() / "timings.json"


def _read() -> list[Timing]:
    try:
        return [from_json(Timing, item, "timing") for item in json.loads(_file().read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, DepthError):
        return []  # none yet, or of another release: measured anew
