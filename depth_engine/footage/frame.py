# SPDX-License-Identifier: Apache-2.0
"""What footage gives to the rest of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import FrameRecord, SourceFacts

Rgb = NDArray[np.uint8]
Alpha = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the footage.

    number: position in the source from 1. rgb: [H,W,3] uint8, display-referred sRGB, upright, pixels as stored
    (not resampled for pixel aspect). alpha: [H,W] uint8, 255 opaque, where the footage has it; colours are as the
    file holds them, straight or premultiplied.
    """

    number: int
    rgb: Rgb
    alpha: Alpha | None = None


class Footage(Protocol):
    """A movie or an image sequence, read frame-exactly and as a stream."""

    @property
    def facts(self) -> SourceFacts: ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know about footage that can be read all the same: a sentence each."""
        ...

    def record(self, number: int) -> FrameRecord:
        """The frame's number, original number, time and file name; numbers run from 1 to facts.frame_count."""
        ...

    def read(self, numbers: Iterable[int]) -> Iterator[Frame]:
        """The frames of these increasing numbers, decoded as they are asked for; never more than a few in memory.

        Raises DepthError BAD_INPUT where a frame cannot be decoded; frames before it have been given.
        """
        ...
