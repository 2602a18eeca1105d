# SPDX-License-Identifier: Apache-2.0
"""Settings of a shot, with the model's defaults filled in, and what they cost. Imports nothing heavy."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from depth_engine.models.base import ShotSpec
from depth_engine.models.svd.folder import Layout, NetworkSizes
from depth_engine.models.svd.memory import DECODE_CHUNK, Work
from depth_engine.models.svd.sizes import processed_size
from depth_engine.models.svd.windows import Window, window_and_overlap

LAYOUT = Layout("chronodepth", "ChronoDepth")

WINDOW, OVERLAP, STEPS = 10, 5, 5
"""Of the published evaluation: 10 frames at once, of which 5 are new."""

ENCODE_CHUNK = 5
"""Frames encoded at once, as the published code does."""


@dataclass(frozen=True, slots=True)
class ShotSettings:
    """How one shot is computed. chunk: new frames of a window. reference: reproduce the published code's numbers."""

    frames: int
    length: int
    chunk: int
    steps: int
    decode_chunk: int
    reference: bool

    @property
    def windows(self) -> int:
        """How many there are."""
        return 1 + max(0, math.ceil((self.frames - self.length) / self.chunk))

    def window(self, index: int) -> Window:
        """The first one is full of new frames; each later one ends `chunk` frames after the one before and fills up
        with frames before them, so that the last one, with fewer new frames, sees more of what is known.
        """
        end, before = (min(self.frames, self.length + k * self.chunk) for k in (index, index - 1))
        start = max(0, end - self.length)
        return Window(start, end, before - start if index else 0)


def resolve(spec: ShotSpec) -> ShotSettings:
    """The shot's settings. Raises DepthError BAD_INPUT where window and overlap do not fit each other."""
    wanted = spec.settings
    window, overlap = window_and_overlap(wanted, WINDOW, OVERLAP)
    return ShotSettings(
        spec.frame_count,
        window,
        window - overlap,
        wanted.steps or STEPS,
        wanted.decode_chunk or DECODE_CHUNK,
        wanted.compat == "reference",
    )


def network_sizes(weights: Path | None) -> NetworkSizes:
    """As `Layout.network_sizes`. CLIP is asked once, while loading, and is not there any more when frames come."""
    return replace(LAYOUT.network_sizes(weights), clip=0)


def work(spec: ShotSpec) -> Work:
    """Known frames are denoised along with the new ones."""
    settings = resolve(spec)
    seen = min(spec.frame_count, settings.length)
    return Work(
        pixels=math.prod(processed_size(spec)),
        frames=spec.frame_count,
        window=seen,
        encoded=ENCODE_CHUNK,
        evaluations=settings.steps * settings.windows * seen / spec.frame_count,
        decodings=1,
        decode_chunk=spec.settings.decode_chunk,
        exact=settings.reference,
    )
