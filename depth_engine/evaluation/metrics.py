# SPDX-License-Identifier: Apache-2.0
"""Scores of relative disparity against known disparity.

The protocol is that of affine-invariant depth (Ranftl et al. 2020; Hu et al. 2025, DepthCrafter): one scale and shift
for each image, or for each clip, by least squares in disparity over all pixels that count, in float64; then
errors of depth, frame by frame, averaged over the frames.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]
Mask = NDArray[np.bool_]

NEAREST = 1e-3
"""Metres, as in the published protocol: depth is not believed to be smaller."""


@dataclass(frozen=True, slots=True)
class Scores:
    """abs_rel: mean |d - truth| / truth of depth. delta1 to delta3: shares of pixels whose depth is within a factor
    1.25, 1.25^2 and 1.25^3. rmse: of depth, in its units. spearman: of disparity's ranks; needs no fit.
    """

    abs_rel: float
    delta1: float
    delta2: float
    delta3: float
    rmse: float
    spearman: float


def fit(predicted: Values, truth: Values) -> tuple[float, float]:
    """Scale and shift of least squares that bring predicted disparity to the truth, of the same pixels.

    Scale 0 where the prediction is the same everywhere.
    """
    x, y = predicted.astype(np.float64).ravel(), truth.astype(np.float64).ravel()
    mean_x, mean_y = float(x.mean()), float(y.mean())
    variance = float(((x - mean_x) ** 2).mean())
    if variance <= (1e-9 * max(abs(mean_x), 1e-12)) ** 2:
        return 0.0, mean_y
    scale = float(((x - mean_x) * (y - mean_y)).mean()) / variance
    return scale, mean_y - scale * mean_x


def score_image(predicted: Values, truth: Values, *, farthest: float | None = None) -> Scores:
    """Scores of one picture's disparity [H,W], with a scale and shift of its own; see `score_clip`."""
    return score_clip(predicted[None], truth[None], farthest=farthest)


def score_clip(predicted: Values, truth: Values, *, farthest: float | None = None) -> Scores:
    """Scores of a clip's relative disparity [T,H,W] against the true one, 1/depth; 0 where there is none (sky).

    One scale and shift for the whole clip. farthest: depth from which on pixels do not count, and to which predictions
    are cut; by default the farthest true depth of the clip. Frames without a pixel that counts are left out.
    Raises ValueError where none is left or the shapes differ.
    """
    if predicted.shape != truth.shape:
        raise ValueError(f"disparity {predicted.shape} and truth {truth.shape} are not of the same pixels")
    counts = truth > (0.0 if farthest is None else 1 / farthest)
    if not counts.any():
        raise ValueError("no pixel has a true disparity that counts")
    least = float(truth[counts].min()) if farthest is None else 1 / farthest
    scale, shift = fit(predicted[counts], truth[counts])
    fitted = np.clip(scale * predicted.astype(np.float64) + shift, least, 1 / NEAREST)
    frames = [
        _score_frame(fitted[index][mask], predicted[index][mask], truth[index][mask].astype(np.float64))
        for index, mask in enumerate(counts)
        if mask.any()
    ]
    return mean_scores(frames)


def _score_frame(fitted: Values, predicted: Values, truth: Values) -> Scores:
    depth, true_depth = 1 / fitted, 1 / truth
    error = np.abs(depth - true_depth)
    ratio = np.maximum(depth / true_depth, true_depth / depth)
    shares = [float((ratio < 1.25**power).mean()) for power in (1, 2, 3)]
    relative, squared = float((error / true_depth).mean()), float((error**2).mean())
    return Scores(relative, *shares, rmse=squared**0.5, spearman=spearman(predicted, truth))


def mean_scores(scores: list[Scores]) -> Scores:
    """The plain mean of each."""
    return Scores(*(float(np.mean([getattr(each, field.name) for each in scores])) for field in fields(Scores)))


def spearman(predicted: Values, truth: Values) -> float:
    """Correlation of ranks, equal values sharing theirs; 0 where one of the two is the same everywhere."""
    first, second = _ranks(predicted), _ranks(truth)
    first, second = first - first.mean(), second - second.mean()
    norm = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum()) / norm if norm else 0.0


def _ranks(values: Values) -> Values:
    _, places, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[places]
