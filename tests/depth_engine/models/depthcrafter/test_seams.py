# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift between the windows of a shot goes, and a shot without drift stays as it is.

At this size the tiny networks amplify the least change of their input, so here windows take their latents from the
frames alone: what they should agree on is known, and drift is what a test adds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from depth_engine.contract import DepthError, ExitCode, Seam, ShotRange
from depth_engine.models.base import Settings, ShotSpec, WindowSeam
from depth_engine.models.depthcrafter import estimator
from depth_engine.models.depthcrafter.estimator import DepthCrafter
from depth_engine.models.depthcrafter.pipeline import Condition, Pipeline
from depth_engine.models.drift import Affine, Fit
from depth_engine.outputs.seams import write_seam_picture
from tests.depth_engine.models.depthcrafter.cases import batches, case, load

Change = Callable[[Tensor, int], Tensor]
"""A window's latents and its index, to what the window makes of them."""

FRAMES = case("long").frames
COUNT = len(FRAMES)
SETTINGS = Settings(seed=1, steps=1, window=16, overlap=4)
SPEC = ShotSpec(COUNT, 128, 64, settings=SETTINGS)
OVERLAPS = [(12, 15), (24, 27)]


def with_windows(
    monkeypatch: pytest.MonkeyPatch,
    change: Change = lambda latents, _: latents,
    *,
    spec: ShotSpec = SPEC,
    plain_decoder: bool = True,
) -> DepthCrafter:
    """The tiny DepthCrafter, whose windows all see the same in a frame, changed as told.

    A latent is the frame made small; without plain_decoder the VAE makes disparity of it, else its mean is enlarged.
    """
    windows = itertools.count()

    def encode(_: Pipeline, frames: Tensor, __: Tensor) -> Condition:
        latents = functional.avg_pool2d(frames, 8)
        return Condition(torch.zeros(len(frames), 4), torch.cat([latents, latents[:, :1]], dim=1))

    def denoise(_: Pipeline, condition: Condition, *__: object) -> Tensor:
        return change(condition.latents, next(windows))

    def decode(_: Pipeline, latents: Tensor, *, clamp: bool) -> Tensor:
        return functional.interpolate(latents.mean(dim=1, keepdim=True), scale_factor=8)[:, 0]

    monkeypatch.setattr(Pipeline, "encode", encode)
    monkeypatch.setattr(Pipeline, "denoise", denoise)
    if plain_decoder:
        monkeypatch.setattr(Pipeline, "decode", decode)
    return load(spec)


def estimated(model: DepthCrafter, spec: ShotSpec = SPEC) -> tuple[np.ndarray, tuple[WindowSeam, ...]]:
    """Disparity and seams of the shot."""
    shot = model.open_shot(spec)
    frames = FRAMES[: spec.frame_count, :, : spec.width]
    pictures = [y for batch in batches(frames, 4) for y in shot.push(batch, lambda _: None)]
    pictures += shot.finish(lambda _: None)
    return np.stack(pictures), shot.report()


def drifting(latents: Tensor, window: int) -> Tensor:
    """Each window is flatter than the one before, and stands lower."""
    return (0.9**window) * latents - 0.05 * window


def test_a_known_drift_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    steady, _ = estimated(with_windows(monkeypatch))
    found, seams = estimated(with_windows(monkeypatch, drifting))
    np.testing.assert_allclose(found, steady, atol=1e-5 * np.ptp(steady))
    assert all(seam.applied and seam.residual > 0.01 and seam.aligned_residual < 1e-5 for seam in seams)
    for seam in seams:
        assert seam.scale == pytest.approx(1 / 0.9, rel=1e-4)


def test_it_would_stay_without_alignment(monkeypatch: pytest.MonkeyPatch) -> None:
    steady, _ = estimated(with_windows(monkeypatch))
    monkeypatch.setattr(estimator, "fit_drift", lambda *_: Fit(Affine(), 1, 1))
    found, _ = estimated(with_windows(monkeypatch, drifting))
    assert np.abs(found - steady)[-1].max() > 0.1 * np.ptp(steady)


@pytest.mark.parametrize(
    "change", [lambda latents, _: latents, lambda latents, window: latents + jitter(latents, window)]
)
@pytest.mark.parametrize("plain_decoder", [True, False])
def test_without_drift_every_bit_stays(monkeypatch: pytest.MonkeyPatch, change: Change, plain_decoder: bool) -> None:
    spec = SPEC if plain_decoder else replace(SPEC, frame_count=12, settings=replace(SETTINGS, window=8))
    found, seams = estimated(with_windows(monkeypatch, change, spec=spec, plain_decoder=plain_decoder), spec)
    assert seams and not any(seam.applied for seam in seams)
    monkeypatch.setattr(estimator, "fit_drift", lambda *_: Fit(Affine(), 1, 1))
    off, _ = estimated(with_windows(monkeypatch, change, spec=spec, plain_decoder=plain_decoder), spec)
    assert found.tobytes() == off.tobytes()


def jitter(latents: Tensor, window: int) -> Tensor:
    """What windows differ in without drift: noise."""
    return 0.1 * latents.std() * torch.randn(latents.shape, generator=torch.Generator().manual_seed(window))


def test_seams_are_the_overlaps_in_the_shot(monkeypatch: pytest.MonkeyPatch) -> None:
    _, seams = estimated(with_windows(monkeypatch))
    assert [(seam.first, seam.last) for seam in seams] == OVERLAPS


@pytest.mark.parametrize("chunk", [1, 3, 8])
def test_the_whole_overlap_is_compared_a_decode_chunk_at_a_time(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    spec = replace(SPEC, settings=replace(SETTINGS, decode_chunk=chunk))
    model = with_windows(monkeypatch, drifting, spec=spec)
    decoded: list[int] = []
    decode = Pipeline.decode

    def counted(self: Pipeline, latents: Tensor, *, clamp: bool) -> Tensor:
        decoded.append(len(latents))
        return decode(self, latents, clamp=clamp)

    monkeypatch.setattr(Pipeline, "decode", counted)
    _, seams = estimated(model, spec)
    assert max(decoded) == chunk
    assert sum(decoded) == COUNT + 2 * sum(last - first + 1 for first, last in OVERLAPS)
    assert all(seam.applied for seam in seams)


@pytest.mark.parametrize("frame", [0, 3])
def test_a_difference_in_any_frame_of_the_overlap_is_reported(monkeypatch: pytest.MonkeyPatch, frame: int) -> None:
    def change(latents: Tensor, window: int) -> Tensor:
        latents = latents.clone()
        latents[frame] += window == 1
        return latents

    _, seams = estimated(with_windows(monkeypatch, change))
    assert [seam.residual > 0 for seam in seams] == [True, False]


def test_padding_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of 120x64 pixels lie in ones of 128x64: the windows differ beside them only."""

    def change(latents: Tensor, window: int) -> Tensor:
        latents = latents.clone()
        latents[..., -1] += window
        return latents

    spec = replace(SPEC, width=120)
    _, seams = estimated(with_windows(monkeypatch, change, spec=spec), spec)
    assert [seam.residual for seam in seams] == [0, 0]


@pytest.mark.parametrize(("count", "overlap"), [(31, 1), (30, 2), (40, 12)])
def test_drift_goes_from_overlaps_of_any_length(monkeypatch: pytest.MonkeyPatch, count: int, overlap: int) -> None:
    spec = replace(SPEC, frame_count=count, settings=replace(SETTINGS, overlap=overlap))
    steady, _ = estimated(with_windows(monkeypatch, spec=spec), spec)
    found, seams = estimated(with_windows(monkeypatch, drifting, spec=spec), spec)
    assert {seam.last - seam.first + 1 for seam in seams} == {overlap}
    np.testing.assert_allclose(found, steady, atol=1e-5 * np.ptp(steady))


def test_windows_that_share_no_frame_have_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = replace(SPEC, frame_count=32, settings=replace(SETTINGS, overlap=0))
    steady, _ = estimated(with_windows(monkeypatch, spec=spec), spec)
    found, seams = estimated(with_windows(monkeypatch, drifting, spec=spec), spec)
    assert seams == ()
    np.testing.assert_array_equal(found[:16], steady[:16])
    np.testing.assert_allclose(found[16:], 0.9 * steady[16:] - 0.05, rtol=1e-4, atol=1e-6)


def test_a_chain_of_many_windows_neither_runs_away_nor_flattens(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = replace(SPEC, settings=replace(SETTINGS, window=2, overlap=1))
    steady, _ = estimated(with_windows(monkeypatch, spec=spec), spec)

    def change(latents: Tensor, window: int) -> Tensor:
        return latents + jitter(latents, window) - 0.5 * latents.std() * (window % 2)

    found, seams = estimated(with_windows(monkeypatch, change, spec=spec), spec)
    assert len(seams) == COUNT - 2 and sum(seam.applied for seam in seams) > COUNT // 2
    assert found[-5:].std() == pytest.approx(steady[-5:].std(), rel=0.2)


def test_the_published_code_knows_no_alignment(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = replace(SPEC, settings=replace(SETTINGS, compat="reference"))
    steady, _ = estimated(with_windows(monkeypatch, spec=spec), spec)
    monkeypatch.setattr(estimator, "fit_drift", lambda *_: pytest.fail("drift was measured"))
    found, seams = estimated(with_windows(monkeypatch, drifting, spec=spec), spec)
    assert seams == ()
    third = 0.9**2 * steady[-1] - 0.1  # what that window makes of it, and nothing else
    np.testing.assert_allclose(found[-1], third, rtol=1e-4, atol=1e-6)


def test_picture_for_the_guide(monkeypatch: pytest.MonkeyPatch, picture_folder: Path) -> None:
    """Two shots, each of seven windows that drift by known amounts but for two, with some noise."""
    spec = replace(SPEC, frame_count=38, settings=replace(SETTINGS, window=8, overlap=3))
    scales = [1.0, 0.9, 0.9, 0.97, 1.04, 1.04, 0.98]

    def change(latents: Tensor, window: int) -> Tensor:
        scale = scales[window % 7]
        return scale * latents + 0.3 * (scale - 1) + 0.3 * jitter(latents, window)

    model = with_windows(monkeypatch, change, spec=spec)
    found = [[*estimated(model, spec)[1]] for _ in range(2)]
    assert [[seam.applied for seam in seams] for seams in found] == 2 * [[True, False, True, True, False, True]]
    for seams in found:
        steps = [earlier / later for earlier, later in itertools.pairwise(scales)]
        assert [seam.scale for seam in seams] == pytest.approx(steps, abs=0.02)
    moved = [replace(seam, first=seam.first + at, last=seam.last + at) for at, it in zip((1, 39), found) for seam in it]
    shots = [ShotRange(first, first + 37, 0, 1, 0, 1) for first in (1, 39)]
    picture = picture_folder / "seams.png"
    write_seam_picture(picture, "clip", [Seam(*astuple(seam)) for seam in moved], shots)
    assert 20_000 < picture.stat().st_size < 100_000


def test_numbers_out_of_range_in_an_overlap_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    model = with_windows(monkeypatch, lambda latents, window: latents / (1 - window))
    with pytest.raises(DepthError) as caught:
        estimated(model)
    assert caught.value.code is ExitCode.INTERNAL
