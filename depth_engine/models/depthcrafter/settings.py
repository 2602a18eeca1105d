# SPDX-License-Identifier: Apache-2.0
"""Sizes and settings of a shot, with the model's defaults filled in. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.base import ShotSpec
from depth_engine.models.depthcrafter.windows import Window, plan_windows
from depth_engine.models.patches import shown_size

UNIT = 64
"""Pixels of one cell at the UNet's lowest level: the networks see pictures whose sides are multiples of it."""

LONGEST_SIDE = 1024
"""What the model was trained up to, and its default size."""

ENCODE_CHUNK = 8
"""Frames encoded at once, as the published code does."""

WINDOW, OVERLAP, STEPS, GUIDANCE, DECODE_CHUNK = 110, 25, 5, 1.0, 8


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
        return max(window.end - window.start for window in self.windows)


def resolve(spec: ShotSpec) -> ShotSettings:
    """The shot's settings. Raises DepthError BAD_INPUT where window and overlap do not fit each other."""
    wanted = spec.settings
    window = wanted.window or WINDOW
    overlap = wanted.overlap if wanted.overlap is not None else min(OVERLAP, window - 1)
    if overlap >= window:
        raise DepthError(
            ExitCode.BAD_INPUT,
            f"An overlap of {overlap} frames leaves nothing of a window of {window}.",
            "Choose an --overlap smaller than the --window.",
        )
    reference = wanted.compat == "reference"
    return ShotSettings(
        tuple(plan_windows(spec.frame_count, window, overlap, even=not reference)),
        window,
        wanted.steps or STEPS,
        wanted.guidance if wanted.guidance is not None else GUIDANCE,
        wanted.decode_chunk or DECODE_CHUNK,
        reference,
    )


def content_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height that the footage is resized to.

    By default its shown aspect is kept, and it is never enlarged; the published code rounds each side to a multiple of
    64 and forgets the aspect.
    """
    limit = spec.max_size or LONGEST_SIDE
    if spec.settings.compat == "reference":
        scale = min(1.0, limit / max(spec.width, spec.height))
        if max(_rounded(spec.width), _rounded(spec.height)) <= limit:
            scale = 1.0
        return max(UNIT, _rounded(spec.width * scale)), max(UNIT, _rounded(spec.height * scale))
    width, height = shown_size(spec)
    scale = min(1.0, limit / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def processed_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height of the pictures that the networks see: the content with its edges repeated up to multiples of
    64.
    """
    width, height = content_size(spec)
    return -(-width // UNIT) * UNIT, -(-height // UNIT) * UNIT


def _rounded(side: float) -> int:
    return round(side / UNIT) * UNIT
