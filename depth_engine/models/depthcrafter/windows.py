# SPDX-License-Identifier: Apache-2.0
"""Where a shot's windows lie."""

from __future__ import annotations

import math

from depth_engine.models.svd.windows import Window


def plan_windows(frames: int, window: int, overlap: int, *, even: bool) -> list[Window]:
    """Windows of at most `window` frames that cover 0..frames, each sharing at least `overlap` with the one before.

    even: all have the same length, so that the last one has as much context as the others for the same work; else they
    begin window - overlap apart and the last one takes what is left, as the published code does.
    Raises ValueError unless 0 <= overlap < window and frames >= 1.
    """
    if not (0 <= overlap < window and frames >= 1):
        raise ValueError(f"no windows of {window} frames with an overlap of {overlap} over {frames} frames")
    if frames <= window:
        return [Window(0, frames, 0)]
    count = math.ceil((frames - overlap) / (window - overlap))
    if even:
        window = math.ceil((frames + (count - 1) * overlap) / count)
        starts = [round(index * (frames - window) / (count - 1)) for index in range(count)]
    else:
        starts = [index * (window - overlap) for index in range(count)]
    ends = [min(start + window, frames) for start in starts]
    shared = [0, *(end - start for end, start in zip(ends, starts[1:]))]
    return [Window(*values) for values in zip(starts, ends, shared)]
