# SPDX-License-Identifier: Apache-2.0
"""Scale and shift of relative disparity from points of known depth: 1/depth = scale * Y + shift, with scale > 0.

Errors are taken in inverse depth: there the triangulation of a camera solve and the disparity of a network err about
equally near and far. The first guess comes from the pair of points whose line has the least median error, which half
of the points being wrong cannot mislead; Tukey's biweight refines it with all points that agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode

Values = NDArray[np.float64]

FEW = 8
"""With fewer points, measured by hand, none can be taken for wrong: all count."""

PAIRS = 1000
SEED = 7
ROUNDS = 50
_TO_SIGMA = 1.4826  # from a normal distribution's median absolute error to its standard deviation
_TUKEY = 4.685  # in standard deviations: 95 % efficient on normal errors
_INLIER = 2.5  # in standard deviations
_EXACT = 1e-6  # errors below this share of the largest inverse depth are rounding


@dataclass(frozen=True, slots=True)
class Fit:
    """scale, shift: of 1/depth = scale * Y + shift. scale_error: the scale's standard error as a share of it.

    inliers: [N] bool, the points that agree. errors: [N] the depth that the fit gives over the given one, minus 1;
    infinite where it gives none.
    """

    scale: float
    shift: float
    scale_error: float
    inliers: NDArray[np.bool_]
    errors: Values


def fit_calibration(disparity: Values, depth: Values, weights: Values | None = None) -> Fit:
    """Fit to N >= 2 points; two fit exactly, and fewer than FEW all count.

    disparity: raw Y [N]. depth: [N] along the camera's axis, positive. weights: [N], how much each counts in the
    refinement. Raises DepthError BAD_INPUT where the points do not tell scale and shift.
    """
    inverse = 1.0 / depth
    weights = np.ones(len(depth)) if weights is None else weights
    if len(depth) < FEW:
        if len(depth) < 2:
            raise _refusal("There are not two points to fit scale and shift to.")
        return _checked(_line(disparity, inverse, weights), disparity, inverse, np.inf)
    floor = _EXACT * float(inverse.max())
    line = _first_guess(disparity, inverse)
    for _ in range(ROUNDS):
        before = line
        errors = np.abs(inverse - line[0] * disparity - line[1])
        sigma = max(_sigma(errors), floor)
        line = _line(disparity, inverse, weights * np.clip(1 - (errors / (_TUKEY * sigma)) ** 2, 0, None) ** 2)
        if np.allclose(line, before, rtol=1e-10, atol=0):
            break
    errors = np.abs(inverse - line[0] * disparity - line[1])
    return _checked(line, disparity, inverse, _INLIER * max(_sigma(errors), floor))


def _first_guess(disparity: Values, inverse: Values) -> tuple[float, float]:
    """The rising line through two points that has the least median error over all."""
    first, second = _pairs(len(disparity))
    run, rise = disparity[second] - disparity[first], inverse[second] - inverse[first]
    if not run.any():
        raise _refusal("All points have the same disparity, so they tell no scale.")
    rising = run * rise > 0
    if not rising.any():
        raise _refusal("The points are farther where the depth is nearer.")
    scale = rise[rising] / run[rising]
    shift = inverse[first][rising] - scale * disparity[first][rising]
    medians = [float(np.median(np.abs(inverse - s * disparity - t))) for s, t in zip(scale, shift)]
    best = int(np.argmin(medians))
    return float(scale[best]), float(shift[best])


def _pairs(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs of few points, else PAIRS of them, always the same ones."""
    if count * (count - 1) // 2 <= PAIRS:
        both = np.array(list(combinations(range(count), 2)))
        return both[:, 0], both[:, 1]
    random = np.random.default_rng(SEED)
    first = random.integers(0, count, PAIRS)
    return first, (first + random.integers(1, count, PAIRS)) % count


def _line(disparity: Values, inverse: Values, weights: Values) -> tuple[float, float]:
    """Weighted least squares."""
    total = weights.sum()
    if total <= 0:
        raise _refusal("No point counts: all weights are 0.")
    x, y = (weights @ disparity) / total, (weights @ inverse) / total
    spread = weights @ (disparity - x) ** 2
    if spread <= 0:
        raise _refusal("The points that agree all have the same disparity, so they tell no scale.")
    scale = float(weights @ ((disparity - x) * (inverse - y)) / spread)
    return scale, float(y - scale * x)


def _sigma(errors: Values) -> float:
    """The standard deviation that the median of absolute errors tells, with the usual correction for few points."""
    return _TO_SIGMA * (1 + 5 / max(len(errors) - 2, 1)) * float(np.median(errors))


def _checked(line: tuple[float, float], disparity: Values, inverse: Values, tolerance: float) -> Fit:
    """The fit of a line, with the points up to `tolerance` from it as those that agree."""
    scale, shift = line
    fitted = scale * disparity + shift
    errors = np.abs(inverse - fitted)
    inliers = errors <= tolerance
    if scale <= 0:
        raise _refusal("The points are farther where the depth is nearer.")
    spread = float(np.sum((disparity[inliers] - disparity[inliers].mean()) ** 2)) if inliers.any() else 0.0
    if spread <= 0:
        raise _refusal("The points that agree all have the same disparity, so they tell no scale.")
    free = max(int(inliers.sum()) - 2, 1)
    variance = float(np.sum(errors[inliers] ** 2)) / free
    if not (fitted[inliers] > 0).any():
        raise _refusal("By the points that agree everything would be sky.")
    relative = np.divide(inverse, fitted, out=np.full(len(inverse), np.inf), where=fitted > 0) - 1
    return Fit(scale, shift, float(np.sqrt(variance / spread)) / scale, inliers, relative)


def _refusal(message: str) -> DepthError:
    return DepthError(
        ExitCode.BAD_INPUT, message, "Give points that are clearly nearer and clearly farther than each other."
    )
