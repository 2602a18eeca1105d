# SPDX-License-Identifier: Apache-2.0
"""The statistics of a shot's disparity, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from depth_engine.models.base import Disparity

BINS = 1 << 16


def normalized(disparity: Disparity, low: float, high: float) -> NDArray[np.float64]:
    """clamp((Y - low) / (high - low), 0, 1), and 0 everywhere where high = low."""
    if high <= low:
        return np.zeros(disparity.shape)
    return np.clip((disparity.astype(np.float64) - low) / (high - low), 0.0, 1.0)


def percentiles(
    pictures: Iterable[Disparity], minimum: float, maximum: float, wanted: tuple[float, ...]
) -> tuple[float, ...]:
    """The values below which `wanted` percent of all pixels lie, to a 65536th of minimum..maximum.

    minimum, maximum: bounds of all pictures.
    """
    if maximum <= minimum:
        return tuple(minimum for _ in wanted)
    counts = np.zeros(BINS, np.int64)
    for picture in pictures:
        bins = (normalized(picture, minimum, maximum) * (BINS - 1)).astype(np.int64)
        counts += np.bincount(bins.ravel(), minlength=BINS)
    # Interpolated inside the bin, with each bin's pixels spread evenly over it.
    below = np.concatenate([[0], np.cumsum(counts)]) / counts.sum()
    edges = minimum + np.arange(BINS + 1) * ((maximum - minimum) / (BINS - 1))
    found = np.interp(np.asarray(wanted) / 100, below, np.minimum(edges, maximum))
    return tuple(float(value) for value in found)
