# SPDX-License-Identifier: Apache-2.0
"""Windows become one sequence, as published: scale and shift from the keyframes, then a fade over eight frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from depth_engine.models.base import Disparity, WindowSeam
from depth_engine.models.drift import Affine
from depth_engine.models.video_depth_anything.windows import FADED, KEYFRAMES, SEEN, STRIDE

Values = NDArray[np.float32]


def fit_line(later: Values, earlier: Values) -> Affine:
    """The line of least squares that brings the later values to the earlier ones of the same pixels.

    Where there is none that rises, as for a picture of one depth, a shift alone.
    """
    x, y = later.astype(np.float64).ravel(), earlier.astype(np.float64).ravel()
    mean_x, mean_y = float(x.mean()), float(y.mean())
    covariance, variance = float(((x - mean_x) * (y - mean_y)).mean()), float(((x - mean_x) ** 2).mean())
    flat = variance <= (1e-6 * max(abs(mean_x), float(np.finfo(np.float32).tiny))) ** 2
    scale = 1.0 if flat or covariance <= 0 else covariance / variance
    return Affine(scale, mean_y - scale * mean_x)


def fade(earlier: Values, later: Values) -> Values:
    """The same frames [n,h,w] of two windows: the first one is the earlier window's alone, the last one the later's."""
    weights = np.linspace(0, 1, len(later), dtype=np.float32)[:, None, None]
    return (earlier * (1 - weights) + later * weights).astype(np.float32, copy=False)


class Stitcher:
    """Joins the windows of one shot. affine: each window has a scale and shift of its own; metric ones have none.

    tail: the last eight frames of the last window, which the next one is faded into. keys: its two keyframes' disparity
    as it was given out. Both [n,h,w], empty before the first window.
    """

    def __init__(self, size: tuple[int, int], *, affine: bool) -> None:
        empty = np.zeros((0, size[1], size[0]), np.float32)
        self._affine = affine
        self.tail, self.keys = empty, empty
        self.seams: list[WindowSeam] = []

    def join(self, values: Values, window: int) -> list[Disparity]:
        """Take the disparity [32,h,w] of a window, numbered from 0; returns all frames that no later window changes."""
        if window == 0:
            final, keys = values[: FADED[0]], values[[*KEYFRAMES]]
        else:
            line = fit_line(values[: len(KEYFRAMES)], self.keys) if self._affine else Affine()
            raw = values[len(KEYFRAMES) : len(SEEN)]
            values = line(values).clip(min=0)  # nothing is farther than infinitely far
            aligned = values[len(KEYFRAMES) : len(SEEN)]
            self.seams.append(self._seam(window, raw, aligned, line))
            final = np.concatenate([fade(self.tail, aligned), values[len(SEEN) : FADED[0]]])
            keys = np.stack([self.keys[0], values[KEYFRAMES[1]]])
        self.tail, self.keys = values[FADED[0] :], keys
        return list(final)

    def _seam(self, window: int, raw: Values, aligned: Values, line: Affine) -> WindowSeam:
        low, high = np.percentile(self.tail, (1, 99))
        spread = max(float(high - low), float(np.finfo(np.float32).tiny))
        before, after = (float(np.abs(self.tail - later).mean()) / spread for later in (raw, aligned))
        first = window * STRIDE + len(KEYFRAMES)
        return WindowSeam(first, first + len(FADED) - 1, line.scale, line.shift, before, after, self._affine)
