# SPDX-License-Identifier: Apache-2.0
"""A stabiliser over models that give each frame at once: drift of scale and shift goes, flicker gets less.

Each frame's disparity is brought to the last stabilised one by a scale and a shift, fitted where the picture can be
followed, and is then blended with it along the picture's motion. Metric disparity is only blended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from depth_engine.footage.frame import Frame
from depth_engine.inference.motion import Track, follow, seen_by_flow
from depth_engine.models.base import Disparity, Estimator, EstimatorState, Model, Report, ShotSpec, WindowSeam
from depth_engine.models.drift import Affine, fit_drift

KEPT = 0.7
"""Share of the last stabilised disparity where it agrees with the new one: a frame counts for about three."""

AGREEMENT = 0.05
"""Of the disparity's range: what differs by more has moved in depth, or was hidden, and is taken as it is."""

STILL = 0.001
"""Of the picture's width: what moves less stands still, and its disparity does not change."""

STILL_SHARE = 0.25
"""Of the pixels that can be followed: with fewer still ones, as under a moving camera, all of them are fitted."""

FITTED = 50_000
"""Pixels that are enough for a fit."""

OWN = "stabiliser."
"""Starts the names of the stabiliser's own arrays in a state."""


def open_shot(model: Model, spec: ShotSpec) -> Estimator:
    """The model's estimator of a shot, stabilised if its settings say so."""
    estimator = model.open_shot(spec)
    return Stabiliser(estimator, metric=model.info.kind == "metric") if spec.settings.stabilise else estimator


class Stabiliser:
    """Another estimator's disparity, stabilised (an `Estimator` itself). That one gives each frame's at once.

    Held between pushes: the last frame, small and grey, and its stabilised disparity.
    """

    def __init__(self, estimator: Estimator, *, metric: bool) -> None:
        self._estimator = estimator
        self._metric = metric
        self._disparity: Disparity | None = None
        self._seen: NDArray[np.uint8] | None = None

    def push(self, frames: Sequence[Frame], progress: Report) -> list[Disparity]:
        finished: list[Disparity] = []
        for frame in frames:
            (disparity,) = self._estimator.push([frame], progress)
            finished.append(self._next(seen_by_flow(frame.rgb), disparity))
        return finished

    def finish(self, progress: Report) -> list[Disparity]:
        return self._estimator.finish(progress)

    def report(self) -> tuple[WindowSeam, ...]:
        return self._estimator.report()

    def state(self) -> EstimatorState:
        state = self._estimator.state()
        if self._disparity is None or self._seen is None:
            return state
        own = {OWN + "disparity": self._disparity, OWN + "seen": self._seen}
        return replace(state, arrays=state.arrays | own)

    def restore(self, state: EstimatorState) -> None:
        self._disparity, self._seen = state.arrays.get(OWN + "disparity"), state.arrays.get(OWN + "seen")
        arrays = {name: array for name, array in state.arrays.items() if not name.startswith(OWN)}
        self._estimator.restore(replace(state, arrays=arrays))

    def _next(self, seen: NDArray[np.uint8], disparity: Disparity) -> Disparity:
        if self._disparity is not None and self._seen is not None:
            track = follow(self._seen, seen, disparity.shape[1::-1])
            disparity = stabilised(track.carried(self._disparity), disparity, track, metric=self._metric)
        self._disparity, self._seen = disparity, seen
        return disparity


def stabilised(last: Disparity, disparity: Disparity, track: Track, *, metric: bool) -> Disparity:
    """A frame's disparity [h,w], aligned with the last stabilised one, which was carried to where things are now, and
    blended with it.
    """
    low, high = np.percentile(last, (1, 99))
    spread = float(high - low)
    if spread <= 0:
        return disparity
    aligned = disparity if metric else fitted(last, disparity, track, spread)
    change = last - aligned
    weight = KEPT * track.certainty * np.exp(-((change / (AGREEMENT * spread)) ** 2))
    return (aligned + weight * change).astype(np.float32)


def fitted(last: Disparity, disparity: Disparity, track: Track, spread: float) -> Disparity:
    """The disparity with the scale and shift that bring it to the last one, robustly; as it is where none do.

    They are used however little they change: a drift is slow.
    """
    certain = track.certainty > 0.5
    still = certain & (track.distance < STILL * disparity.shape[1])
    chosen = still if still.sum() > STILL_SHARE * certain.sum() else certain
    y, x = (values[chosen].astype(np.float64) / spread for values in (last, disparity))
    if not len(y):
        return disparity
    step = max(1, len(y) // FITTED)
    affine = fit_drift(y[::step].astype(np.float32), x[::step].astype(np.float32)).affine
    return Affine(affine.scale, affine.shift * spread)(disparity)
