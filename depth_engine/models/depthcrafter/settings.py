# SPDX-License-Identifier: Apache-2.0
"""Settings of a shot, with the model's defaults filled in. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from depth_engine.models.base import ShotSpec
from depth_engine.models.depthcrafter.windows import plan_windows
from depth_engine.models.svd.memory import DECODE_CHUNK
from depth_engine.models.svd.windows import Window, window_and_overlap

ENCODE_CHUNK = 8
"""Frames encoded at once, as the published code does."""

WINDOW, OVERLAP, STEPS, GUIDANCE = 110, 25, 5, 1.0


@dataclass(frozen=True, slots=True)
class ShotSettings:
    """How one shot is computed. reference: reproduce the published code's numbers."""

    windows: tuple[Window, ...]
    cycle: int
    steps: int
    guidance: float
    decode_chunk: int
    reference: bool

    @property
    def longest_window(self) -> int:
        return max(len(window) for window in self.windows)


def resolve(spec: ShotSpec) -> ShotSettings:
    """The shot's settings. Raises DepthError BAD_INPUT where window and overlap do not fit each other."""
    wanted = spec.settings
    window, overlap = window_and_overlap(wanted, WINDOW, OVERLAP)
    reference = wanted.compat == "reference"
    return ShotSettings(
        tuple(plan_windows(spec.frame_count, window, overlap, even=not reference)),
        window,
        wanted.steps or STEPS,
        wanted.guidance if wanted.guidance is not None else GUIDANCE,
        wanted.decode_chunk or DECODE_CHUNK,
        reference,
    )
