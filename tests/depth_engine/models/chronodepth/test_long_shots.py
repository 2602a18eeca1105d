# SPDX-License-Identifier: GPL-3.0-or-later
"""Long shots: what one window settles on holds for all, and memory does not grow.

The networks are stood in for: what a window would find is known, so drift is what a test adds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from depth_engine.models.chronodepth.estimator import ChronoDepth
from depth_engine.models.chronodepth.pipeline import Pipeline
from tests.depth_engine.models.chronodepth.cases import Pictures, batches, compute, depth_of, load, spec_of, video

Predictor = Callable[[Tensor, Tensor], Tensor]
"""The truth [o+n,4,h,w] of a window's frames and what is known of the first o, to the new ones' latents."""

FRAMES = video(303)
TRUTH = np.stack([FRAMES[:, y : y + 8, x : x + 8, 0].mean((1, 2)) for y in (0, 56) for x in (0, 120)], 1) / 255


def stand_in(monkeypatch: pytest.MonkeyPatch, weights: Path, predict: Predictor) -> ChronoDepth:
    """ChronoDepth with latents that are the frames made small, and depth that is the latents' first channel."""

    def encode(_: Pipeline, frames: Tensor, __: Tensor) -> Tensor:
        small = functional.avg_pool2d(frames, 8) * 0.5 + 0.5
        return torch.cat([small, small[:, :1]], dim=1)

    def denoise(_: Pipeline, condition: Tensor, known: Tensor, noise: Tensor, *__: object) -> Tensor:
        assert len(condition) == len(known) + len(noise)
        return predict(condition, known)

    def decode(_: Pipeline, latents: Tensor) -> Tensor:
        return functional.interpolate(latents[:, :1], scale_factor=8)[:, 0]

    for stage in (encode, denoise, decode):
        monkeypatch.setattr(Pipeline, stage.__name__, stage)
    return load(weights, spec_of(FRAMES))


def corners(disparity: Pictures) -> Pictures:
    return depth_of(disparity)[:, [0, 0, -1, -1], [0, -1, 0, -1]]


def test_a_window_that_goes_on_from_the_known_frames_does_not_drift(
    monkeypatch: pytest.MonkeyPatch, weights: Path
) -> None:
    """The first window settles on a scale and shift by itself; each later one takes them from what it is given."""

    def predict(truth: Tensor, known: Tensor) -> Tensor:
        if not len(known):
            return 0.1 + 0.8 * truth
        x, y = truth[: len(known)].double(), known.double()
        scale = ((x - x.mean()) * (y - y.mean())).mean() / ((x - x.mean()) ** 2).mean()
        return (y.mean() + scale * (truth[len(known) :] - x.mean())).float()

    model = stand_in(monkeypatch, weights, predict)
    found = corners(compute(model, spec_of(FRAMES), FRAMES))
    assert np.abs(found - (0.1 + 0.8 * TRUTH)).max() < 1e-3


def test_drift_that_a_window_adds_stays_and_no_seam_is_claimed_to_be_aligned(
    monkeypatch: pytest.MonkeyPatch, weights: Path
) -> None:
    """As published: every frame is found once, so there is nothing to align by, and the manifest gets no seams."""
    model = stand_in(monkeypatch, weights, lambda truth, known: truth[len(known) :] - 0.05 * bool(len(known)))
    estimator = model.open_shot(spec_of(FRAMES))
    finished = [y for batch in batches(FRAMES, 7) for y in estimator.push(batch, lambda _: None)]
    found = corners(np.stack(finished + estimator.finish(lambda _: None)))
    assert np.abs(found[:10] - TRUTH[:10]).max() < 1e-3
    assert np.abs(found[10:] - np.clip(TRUTH[10:] - 0.05, 0, 1)).max() < 1e-3
    assert estimator.report() == ()


def test_what_is_kept_between_pushes_does_not_grow(monkeypatch: pytest.MonkeyPatch, weights: Path) -> None:
    model = stand_in(monkeypatch, weights, lambda truth, known: truth[len(known) :])
    estimator = model.open_shot(spec_of(FRAMES))
    kept: list[int] = []
    for batch in batches(FRAMES, 5):
        estimator.push(batch, lambda _: None)
        kept.append(sum(array.nbytes for array in estimator.state().arrays.values()))
    frame = 4 * 8 * 16 * 4
    assert max(kept[:-2]) == max(kept[:10]) == (5 + 5 + 7) * frame  # conditions, known latents, some to decode
    assert max(kept[-2:]) == (7 + 7 + 4) * frame  # the last window begins with more known frames
