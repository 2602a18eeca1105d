# SPDX-License-Identifier: Apache-2.0
"""Drift between windows, measured where they overlap and taken out by a scale and a shift of disparity.

Blending latents hides a step between two windows but not a drift over many: each window may settle on another scale
and shift of the affine-invariant disparity. Both windows' disparity of the same frames tells the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAIN = 0.1
"""A fit is used only where it lowers the overlap's residual by this share at least: noise is no drift."""

SAMPLES = 50_000
ROUNDS = 12
TUNING = 1.345
"""Of Huber's weights: 95 % as good as least squares where errors are normal."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Affine:
    """scale * Y + shift."""

    scale: float = 1.0
    shift: float = 0.0

    def after(self, first: Affine) -> Affine:
        """The two in a row: self(first(Y))."""
        return Affine(self.scale * first.scale, self.scale * first.shift + self.shift)

    def __call__(self, values: Values) -> Values:
        return (np.float32(self.scale) * values + np.float32(self.shift)).astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True)
class Fit:
    """How the later window's disparity is brought to the earlier one's, and the residuals before and after it.

    residual, aligned_residual: mean absolute difference, relative to the earlier one's 1-99 % range.
    """

    affine: Affine
    residual: float
    aligned_residual: float

    @property
    def worthwhile(self) -> bool:
        return self.aligned_residual <= (1 - GAIN) * self.residual


def fit_drift(earlier: Values, later: Values) -> Fit:
    """Fit scale and shift, robustly, over the same frames of two windows, both [n,H,W].

    Iteratively reweighted least squares with Huber's weights (Holland and Welsch 1977). Where the later disparity has
    no spread there is nothing to fit a scale to: the identity comes back.
    """
    step = max(1, earlier.size // SAMPLES)
    y = earlier.reshape(-1)[::step].astype(np.float64)
    x = later.reshape(-1)[::step].astype(np.float64)
    low, high = np.percentile(y, (1, 99))
    spread = max(float(high - low), float(np.finfo(np.float32).tiny))
    before = float(np.abs(y - x).mean() / spread)
    affine = _robust_line(x, y)
    if affine is None:
        return Fit(Affine(), before, before)
    after = float(np.abs(y - affine.scale * x - affine.shift).mean() / spread)
    return Fit(affine, before, after)


def _robust_line(x: NDArray[np.float64], y: NDArray[np.float64]) -> Affine | None:
    """The line through most points, or None where no rising line is to be found."""
    weights = np.ones_like(x)
    scale, shift = 1.0, 0.0
    for _ in range(ROUNDS):
        total = weights.sum()
        mean_x, mean_y = (weights * x).sum() / total, (weights * y).sum() / total
        variance = (weights * (x - mean_x) ** 2).sum()
        if variance <= np.finfo(np.float64).tiny:
            return None
        scale = float((weights * (x - mean_x) * (y - mean_y)).sum() / variance)
        shift = float(mean_y - scale * mean_x)
        errors = np.abs(y - scale * x - shift)
        limit = TUNING * 1.4826 * float(np.median(errors))
        if limit <= 0:
            break
        weights = np.minimum(1.0, limit / np.maximum(errors, np.finfo(np.float64).tiny))
    return Affine(scale, shift) if scale > 0 else None
