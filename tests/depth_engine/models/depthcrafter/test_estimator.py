# SPDX-License-Identifier: GPL-3.0-or-later
"""Shots of any length and size through the public interface, with the tiny weights."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models import registry
from depth_engine.models.base import EstimatorState, ExecutionPlan, Settings, ShotSpec, Stop, WindowProgress
from depth_engine.models.depthcrafter.networks import load_networks
from depth_engine.models.depthcrafter.pipeline import make_pipeline
from tests.depth_engine.models.depthcrafter.cases import WEIGHTS, batches, case, compute, load

SETTINGS = Settings(seed=4, steps=2, window=8, overlap=3)


def spec_of(frames: NDArray[np.uint8], **changes: object) -> ShotSpec:
    count, height, width, _ = frames.shape
    return ShotSpec(count, width, height, settings=replace(SETTINGS, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 13, 14, 29])
def test_every_frame_of_a_shot_of_any_length_comes_back_once(count: int) -> None:
    frames = case("long").frames[:count]
    spec = spec_of(frames)
    latents, disparity = compute(load(spec), spec, frames)
    assert latents.shape == (count, 4, 8, 16)
    assert disparity.shape == (count, 64, 128)
    assert torch.isfinite(disparity).all()


@pytest.mark.parametrize("batch", [1, 3, 29])
def test_how_frames_are_pushed_changes_nothing(batch: int) -> None:
    frames = case("long").frames[:29]
    spec = spec_of(frames)
    model = load(spec)
    assert torch.equal(compute(model, spec, frames, batch)[1], compute(model, spec, frames)[1])


@pytest.mark.parametrize("size", [(40, 50), (64, 200), (90, 70)])
def test_footage_of_any_size_comes_back_in_its_aspect(size: tuple[int, int]) -> None:
    frames = np.random.default_rng(1).integers(0, 256, (3, *size, 3), np.uint8)
    spec = spec_of(frames)
    _, disparity = compute(load(spec), spec, frames)
    assert disparity.shape == (3, *size)


def test_a_constant_clip_has_finite_depth() -> None:
    frames = np.full((3, 64, 64, 3), 128, np.uint8)
    spec = spec_of(frames)
    assert torch.isfinite(compute(load(spec), spec, frames)[1]).all()


def test_only_the_published_code_clamps_disparity() -> None:
    networks = load_networks(WEIGHTS, torch.float32)
    bias = networks.vae.get_parameter("decoder.time_conv_out.bias")
    bias.data = torch.tensor([3.0, -1.0, 2.0])
    pipeline = make_pipeline(networks, "cpu", ExecutionPlan("fp32", decode_chunk=8))
    latents = torch.as_tensor(case("single").latents[:8])
    free, clamped = (float(pipeline.decode(latents, clamp=clamp).mean()) for clamp in (False, True))
    assert free == pytest.approx((3 - 1 + 2) / 3 / 2 + 0.5, abs=0.2)  # each channel is bias / 2 + 0.5, or nearly
    assert clamped == pytest.approx((1 + 0 + 1) / 3, abs=0.05)


def test_seed_steps_and_guidance_change_the_result_and_the_same_ones_repeat_it() -> None:
    frames = case("single").frames[:6]
    spec = spec_of(frames)
    model = load(spec)
    base = compute(model, spec, frames)[1]
    assert torch.equal(compute(model, spec, frames)[1], base)
    for changed in (spec_of(frames, seed=5), spec_of(frames, steps=3), spec_of(frames, guidance=1.5)):
        assert not torch.equal(compute(model, changed, frames)[1], base)


def test_a_later_shot_has_augmentation_noise_of_its_own() -> None:
    frames = case("single").frames[:6]
    spec = spec_of(frames)
    model = load(spec)
    assert not torch.equal(compute(model, replace(spec, start=100), frames)[1], compute(model, spec, frames)[1])


@pytest.mark.parametrize("pushed", [0, 8, 24, 26])
def test_a_restored_estimator_goes_on_as_if_it_had_never_stopped(pushed: int) -> None:
    frames = case("long").frames[:26]
    spec = spec_of(frames, steps=1)
    model = load(spec)
    whole = compute(model, spec, frames)[1].numpy()
    first = model.open_shot(spec)
    early = [y for batch in batches(frames[:pushed], 4) for y in first.push(batch, lambda _: None)]
    state = first.state()
    assert (state.returned, state.pushed) == (len(early), pushed // 8 * 8)
    text = json.dumps(state.values)
    second = model.open_shot(spec)
    second.restore(EstimatorState(state.pushed, state.returned, json.loads(text), state.arrays))
    late = [y for batch in batches(frames[state.pushed :], 4) for y in second.push(batch, lambda _: None)]
    late += second.finish(lambda _: None)
    assert np.array_equal(np.stack(early + late), whole)


def test_progress_names_windows_and_steps_and_may_stop_between_steps() -> None:
    frames = case("long").frames[:14]
    spec = spec_of(frames)
    model = load(spec)
    told: list[WindowProgress] = []
    estimator = model.open_shot(spec)
    for batch in batches(frames, 4):
        estimator.push(batch, told.append)
    estimator.finish(told.append)
    assert {(it.window, it.step) for it in told} == {(w, s) for w in (1, 2, 3) for s in (1, 2)}
    assert {(it.windows, it.steps) for it in told} == {(3, 2)}

    def stop(progress: WindowProgress) -> None:
        if (progress.window, progress.step) == (1, 2):
            raise Stop

    estimator = model.open_shot(spec)
    with pytest.raises(Stop):
        for batch in batches(frames, 8):
            estimator.push(batch, stop)


def test_weights_that_are_not_depthcrafters_are_refused() -> None:
    with pytest.raises(DepthError) as caught:
        registry.load("depthcrafter", WEIGHTS / "svd", "cpu", ExecutionPlan("fp32", decode_chunk=8))
    assert caught.value.code is ExitCode.MISSING_WEIGHTS
