# SPDX-License-Identifier: Apache-2.0
"""Frames of real footage to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from depth_engine.footage import find_source, open_footage
from depth_engine.footage.frame import Rgb


def real_frames(paths: Sequence[Path], count: int) -> dict[str, Rgb]:
    """So many evenly spread frames of each movie or image sequence, by file name and number.

    Raises DepthError BAD_INPUT where footage cannot be read.
    """
    shown: dict[str, Rgb] = {}
    for path in paths:
        footage = open_footage(find_source(path))
        last = footage.facts.frame_count
        numbers = sorted({int(number) for number in np.linspace(1, last, count + 2)[1:-1].round()} or {1})
        shown |= {f"{path.name} {frame.number}": frame.rgb for frame in footage.read(numbers)}
    return shown
