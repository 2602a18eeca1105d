# SPDX-License-Identifier: Apache-2.0
"""Drift between two findings of the same disparity, taken out by a scale and a shift.

The two are windows where they overlap, or frames that follow each other.

Blending latents hides a step between two windows but not a drift over many: each window may settle on another scale
and shift of the affine-invariant disparity. Both windows' disparity of the same frames tells the difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAIN = 0.1
"""A fit is used only where it lowers the overlap's residual by this share at least: noise is no drift."""

SAMPLES = 50_000
ROUNDS = 12
CUTOFF = 4.685 * 1.4826
"""Median errors from the line at which Tukey's weights reach 0: 95 % as good as least squares on normal errors."""

FLAT = 0.01
"""Of disparity, which is about 0..1 over a window: no scale can be told from a smaller range (a wall, fog, black), and
a smaller error is no outlier."""

CORRELATION = 0.5
"""Windows that agree less, outliers left aside, see different things: no line explains that."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Affine:
    """scale * Y + shift; scale > 0."""

    scale: float = 1.0
    shift: float = 0.0

    def after(self, first: Affine) -> Affine:
        """The two in a row: self(first(Y))."""
        return Affine(self.scale * first.scale, self.scale * first.shift + self.shift)

    def faded(self, later: Affine, weight: float) -> Affine:
        """For Y that was blended of self's at weight 0 and later's at 1.

        The blend is that of the two inverses: each says how its Y came from the disparity that is wanted.
        """
        scale = 1 / ((1 - weight) / self.scale + weight / later.scale)
        shift = (1 - weight) * self.shift / self.scale + weight * later.shift / later.scale
        return Affine(scale, scale * shift)

    def __call__(self, values: Values) -> Values:
        if self == Affine():
            return values
        return np.float32(self.scale) * values + np.float32(self.shift)


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
        return self.residual > 0 and self.aligned_residual <= (1 - GAIN) * self.residual


def thinned(pictures: Values, frames: int) -> Values:
    """Every k-th pixel of [n,H,W] along both sides, so that of `frames` such pictures about SAMPLES pixels are left."""
    step = max(1, math.isqrt(frames * pictures[0].size // SAMPLES))
    return pictures[:, ::step, ::step]


def fit_drift(earlier: Values, later: Values) -> Fit:
    """Fit scale and shift, robustly, over the same frames of two windows, both [n,H,W].

    The identity comes back where there is nothing to fit: one of the two is flat, or they do not rise together.
    """
    y, x = earlier.reshape(-1).astype(np.float64), later.reshape(-1).astype(np.float64)
    spread = max(_spread(y), FLAT)
    before = float(np.abs(y - x).mean() / spread)
    affine = _robust_line(x, y) if min(_spread(x), _spread(y)) > FLAT else None
    if affine is None:
        return Fit(Affine(), before, before)
    after = float(np.abs(y - affine.scale * x - affine.shift).mean() / spread)
    return Fit(affine, before, after)


def _spread(values: NDArray[np.float64]) -> float:
    low, high = np.percentile(values, (1, 99))
    return float(high - low)


def _robust_line(x: NDArray[np.float64], y: NDArray[np.float64]) -> Affine | None:
    """The line through most points, or None where no rising line is to be found.

    The slope is the ratio of the deviations (reduced major axis), iteratively reweighted with Tukey's biweight. Least
    squares would call noise in x a smaller slope, and shrink the disparity a little at every seam of a long shot; so
    each window keeps the one before's spread, and errors do not add up in one direction.
    """
    weights = np.ones_like(x)
    scale, shift, correlation = 1.0, 0.0, 0.0
    for _ in range(ROUNDS):
        total = weights.sum()
        mean_x, mean_y = (weights * x).sum() / total, (weights * y).sum() / total
        from_x, from_y = x - mean_x, y - mean_y
        variance_x, variance_y = (weights * from_x**2).sum(), (weights * from_y**2).sum()
        if min(variance_x, variance_y) <= 0:
            return None
        scale = float(np.sqrt(variance_y / variance_x))
        shift = float(mean_y - scale * mean_x)
        correlation = float((weights * from_x * from_y).sum() / np.sqrt(variance_x * variance_y))
        errors = np.abs(y - scale * x - shift)
        cutoff = max(CUTOFF * float(np.median(errors)), FLAT)
        weights = np.maximum(0.0, 1 - (errors / cutoff) ** 2) ** 2
    return Affine(scale, shift) if correlation >= CORRELATION else None
