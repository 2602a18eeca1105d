# SPDX-License-Identifier: GPL-3.0-or-later
"""Shots of any length and size through the public interface, with tiny weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models import registry
from depth_engine.models.base import EstimatorState, Residency, Stop, WindowProgress
from depth_engine.models.chronodepth.estimator import ChronoDepth
from depth_engine.models.chronodepth.pipeline import Pipeline
from tests.depth_engine.models.chronodepth.cases import batches, compute, depth_of, load, noise_file, spec_of, video


@pytest.fixture(scope="module")
def model(weights: Path) -> ChronoDepth:
    return load(weights, spec_of(video(1)))


@pytest.mark.parametrize("count", [*range(1, 10), 11, 23])
def test_every_frame_of_a_shot_of_any_length_comes_back_once(model: ChronoDepth, count: int) -> None:
    frames = video(count)
    disparity = compute(model, spec_of(frames), frames)
    assert disparity.shape == (count, 64, 128) and disparity.dtype == np.float32
    depth = depth_of(disparity)
    assert np.isfinite(depth).all() and depth.min() >= -1e-6 and depth.max() <= 1 + 1e-6


def test_how_frames_are_pushed_changes_nothing(model: ChronoDepth) -> None:
    frames = video(13)
    spec = spec_of(frames)
    whole = compute(model, spec, frames)
    for batch in (1, 13):
        assert np.array_equal(compute(model, spec, frames, batch), whole)


def test_known_frames_go_into_the_next_window_as_they_are(model: ChronoDepth, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Tensor, Tensor, Tensor]] = []
    denoise = Pipeline.denoise

    def watched(self: Pipeline, condition: Tensor, known: Tensor, noise: Tensor, *rest: object) -> Tensor:
        found = denoise(self, condition, known, noise, *rest)  # type: ignore[arg-type]
        calls.append((condition, known, found))
        return found

    monkeypatch.setattr(Pipeline, "denoise", watched)
    frames = video(23)
    compute(model, spec_of(frames), frames)
    every = torch.cat([found for _, _, found in calls])
    conditions = torch.cat([condition[len(known) :] for condition, known, _ in calls])
    places = [(0, 0, 10), (5, 10, 15), (10, 15, 20), (13, 20, 23)]
    assert len(calls) == len(places)
    for (condition, known, found), (start, new, end) in zip(calls, places):
        assert torch.equal(known, every[start:new])
        assert torch.equal(found, every[new:end])
        assert torch.equal(condition, conditions[start:end])


@pytest.mark.parametrize("size", [(40, 130), (64, 200), (90, 170)])
def test_footage_of_any_size_comes_back_in_its_aspect(model: ChronoDepth, size: tuple[int, int]) -> None:
    frames = video(3, *size)
    assert compute(model, spec_of(frames), frames).shape == (3, *size)


def test_settings_change_the_result_and_the_same_ones_repeat_it(model: ChronoDepth, tmp_path: Path) -> None:
    frames = video(8)
    usual: dict[str, object] = {"window": 5, "overlap": 2}
    base = compute(model, spec_of(frames, **usual), frames)
    assert np.array_equal(compute(model, spec_of(frames, **usual), frames), base)
    path, _, _ = noise_file(tmp_path / "noise.safetensors", 8)
    changes: list[dict[str, object]] = [{"seed": 5}, {"steps": 2}, {"window": 6}, {"overlap": 3}, {"noise": path}]
    for changed in changes:
        assert not np.array_equal(compute(model, spec_of(frames, **(usual | changed)), frames), base)
    assert not np.array_equal(compute(model, replace(spec_of(frames, **usual), start=100), frames), base)


def test_a_noise_file_for_fewer_frames_is_refused(model: ChronoDepth, tmp_path: Path) -> None:
    path, _, _ = noise_file(tmp_path / "noise.safetensors", 11)
    frames = video(12)
    with pytest.raises(DepthError) as caught:
        compute(model, spec_of(frames, noise=path), frames)
    assert caught.value.code is ExitCode.BAD_INPUT and "ends after 11 frames" in caught.value.message


@pytest.mark.parametrize("residency", ["swapped", "offloaded"])
def test_moving_weights_and_slices_change_nothing(weights: Path, model: ChronoDepth, residency: Residency) -> None:
    frames = video(12)
    spec = spec_of(frames)
    plan = replace(model.plan, residency=residency)
    assert np.array_equal(compute(load(weights, spec, plan), spec, frames), compute(model, spec, frames))


@pytest.mark.parametrize("pushed", [5, 12, 18])
def test_a_restored_estimator_goes_on_as_if_it_had_never_stopped(model: ChronoDepth, pushed: int) -> None:
    frames = video(18)
    spec = spec_of(frames)
    whole = compute(model, spec, frames)
    first = model.open_shot(spec)
    early = [y for batch in batches(frames[:pushed], 4) for y in first.push(batch, lambda _: None)]
    state = first.state()
    assert (state.returned, state.pushed) == (len(early), pushed // 5 * 5)
    second = model.open_shot(spec)
    values = json.loads(json.dumps(state.values))
    second.restore(EstimatorState(state.pushed, state.returned, values, state.arrays))
    late = [y for batch in batches(frames[state.pushed :], 4) for y in second.push(batch, lambda _: None)]
    late += second.finish(lambda _: None)
    assert np.array_equal(np.stack(early + late), whole)


def test_progress_names_windows_and_steps_and_may_stop_between_steps(model: ChronoDepth) -> None:
    frames = video(17)
    spec = spec_of(frames, steps=2)
    told: list[WindowProgress] = []
    estimator = model.open_shot(spec)
    for batch in batches(frames, 4):
        estimator.push(batch, told.append)
    estimator.finish(told.append)
    assert {(it.window, it.step) for it in told} == {(w, s) for w in (1, 2, 3) for s in (1, 2)}
    assert {(it.windows, it.steps) for it in told} == {(3, 2)}

    def stop(progress: WindowProgress) -> None:
        if (progress.window, progress.step) == (2, 2):
            raise Stop

    estimator = model.open_shot(spec)
    with pytest.raises(Stop):
        for batch in batches(frames, 4):
            estimator.push(batch, stop)


def test_numbers_out_of_range_are_an_error(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = video(2)
    spec = spec_of(frames)
    model = load(weights, spec)
    monkeypatch.setattr(Pipeline, "denoise", lambda _, condition, *__: torch.full_like(condition, torch.nan))
    with pytest.raises(DepthError) as caught:
        compute(model, spec, frames)
    assert caught.value.code is ExitCode.INTERNAL


def test_it_is_known_with_its_licence() -> None:
    info = registry.info("chronodepth")
    assert not info.commercial_use and "MIT" in info.licence and "Stability AI" in info.licence_summary
