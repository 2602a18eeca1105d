# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot of any length is steadied from both sides; a broken-off one goes on; the command runs it from a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from depth_engine.cli.main import run
from depth_engine.contract import JobFolder
from depth_engine.footage.frame import Frame, Rgb
from depth_engine.models import registry
from depth_engine.models.base import Disparity, EstimatorState, ExecutionPlan, Settings, ShotSpec, Stop, WindowProgress
from depth_engine.models.nvds import MODELS
from depth_engine.models.nvds.estimator import NvdsEstimator, NvdsModel
from depth_engine.models.per_frame import PerFrameEstimator
from depth_engine.models.video_depth_anything.streaming import StreamingEstimator
from depth_engine.models.video_depth_anything.windows import Sight
from depth_engine.outputs.exr import read_exr
from tests.depth_engine.models.nvds.fabricate import fabricate
from tests.depth_engine.models.video_depth_anything.cases import tiny_predictor
from tests.support.movies import make_movie

WIDTH, HEIGHT = 64, 32
PLAN = ExecutionPlan("fp32")


def nothing(_: WindowProgress) -> None: ...


def spec(frames: int, *, streaming: bool = False) -> ShotSpec:
    return ShotSpec(frames, WIDTH, HEIGHT, settings=Settings(streaming=streaming))


def clip(frames: int) -> list[Frame]:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return [Frame(number + 1, picture(x, y, number)) for number in range(frames)]


def picture(x: NDArray[np.int64], y: NDArray[np.int64], number: int) -> Rgb:
    disc = np.hypot(x - 32 - 20 * np.sin(number / 5), y - 16) < 9
    return np.stack([np.full_like(x, number), 2 * x, np.where(disc, 200, 3 * y)], axis=2).astype(np.uint8)


class Noting:
    """Keeps each frame's number, and tells for which windows it was asked; its depth counts up with every one."""

    def __init__(self) -> None:
        self.windows: list[list[int]] = []
        self.kept: list[Tensor] = []

    def encode(self, picture: Rgb, depth: Disparity) -> Tensor:
        assert picture.shape == (HEIGHT, WIDTH, 3)
        assert depth.shape == (HEIGHT, WIDTH)
        assert depth[0, 0] == picture[0, 0, 0]
        return torch.tensor(int(picture[0, 0, 0]))

    def stabilize(self, frames: Sequence[Tensor], picture: Rgb) -> Disparity:
        self.windows.append([int(frame) for frame in frames])
        assert int(frames[-1]) == picture[0, 0, 0]
        return np.full((HEIGHT, WIDTH), len(self.windows), np.float32)


def first_depth(rgb: Rgb) -> Disparity:
    """At another size, as a per-frame model gives it."""
    return np.full((20, 30), rgb[0, 0, 0], np.float32)


def noted(frames: int, *, streaming: bool = False) -> tuple[list[list[int]], list[int]]:
    """The windows of a shot, and after which frame each one came out."""
    noting, shot = Noting(), spec(frames, streaming=streaming)
    estimator = NvdsEstimator(noting, PerFrameEstimator(first_depth, frames, "fp32"), shot)
    counts = [len(estimator.push([frame], nothing)) for frame in clip(frames)]
    assert estimator.finish(nothing) == []
    return noting.windows, counts


def test_each_direction_has_three_reference_frames_and_the_ends_stand_for_themselves() -> None:
    windows, counts = noted(8)
    assert windows == [
        *([0, 0, 0, 0], [3, 2, 1, 0]),
        *([1, 1, 1, 1], [4, 3, 2, 1]),
        *([2, 2, 2, 2], [5, 4, 3, 2]),
        *([0, 1, 2, 3], [6, 5, 4, 3]),
        *([1, 2, 3, 4], [7, 6, 5, 4]),
        *([2, 3, 4, 5], [5, 5, 5, 5]),
        *([3, 4, 5, 6], [6, 6, 6, 6]),
        *([4, 5, 6, 7], [7, 7, 7, 7]),
    ]
    assert counts == [0, 0, 0, 1, 1, 1, 1, 4]


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5])
def test_short_shots_give_every_frame(frames: int) -> None:
    windows, counts = noted(frames)
    assert sum(counts) == frames
    assert sorted({window[-1] for window in windows}) == list(range(frames))


def test_streaming_goes_forward_and_gives_each_frame_at_once() -> None:
    windows, counts = noted(6, streaming=True)
    assert windows == [[0] * 4, [1] * 4, [2] * 4, [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]]
    assert counts == [1] * 6


def test_both_directions_count_alike() -> None:
    estimator = NvdsEstimator(Noting(), PerFrameEstimator(first_depth, 4, "fp32"), spec(4))
    values = [each[0, 0] for frame in clip(4) for each in estimator.push([frame], nothing)]
    assert values == [1.5, 3.0, 4.0, 5.5]  # the mean of its windows; those in the middle stand for all themselves


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    fabricate(folder)
    return folder


def load(weights: Path, name: str = "nvds") -> NvdsModel:
    model = registry.load(name, weights, "cpu", PLAN)
    assert isinstance(model, NvdsModel)
    return model


def estimate(estimator: NvdsEstimator, frames: int, start: int = 0, batch: int = 4) -> list[Disparity]:
    footage, finished = clip(frames), list[Disparity]()
    for first in range(start, frames, batch):
        finished += estimator.push(footage[first : first + batch], nothing)
    return finished + estimator.finish(nothing)


@pytest.fixture(scope="module")
def model(weights: Path) -> NvdsModel:
    return load(weights)


@pytest.mark.parametrize("name", MODELS)
def test_both_models_run_from_a_folder(name: str, weights: Path) -> None:
    model = load(weights, name)
    assert "supplied by the user" in model.weights
    assert ", over " in model.weights
    values = np.stack(estimate(model.open_shot(spec(5)), 5))
    assert values.shape == (5, HEIGHT, WIDTH)
    assert values.dtype == np.float32
    assert np.isfinite(values).all()
    assert values.min() >= 0
    assert np.ptp(values) > 0.01


@pytest.fixture(scope="module")
def uninterrupted(model: NvdsModel) -> dict[bool, list[Disparity]]:
    return {streaming: estimate(model.open_shot(spec(9, streaming=streaming)), 9) for streaming in (False, True)}


def test_how_frames_are_pushed_changes_nothing(model: NvdsModel, uninterrupted: dict[bool, list[Disparity]]) -> None:
    assert np.array_equal(np.stack(estimate(model.open_shot(spec(9)), 9, batch=1)), np.stack(uninterrupted[False]))


@pytest.mark.parametrize(("begun", "streaming"), [(0, False), (2, False), (6, False), (5, True)])
def test_a_resumed_shot_is_bit_for_bit_an_uninterrupted_one(
    model: NvdsModel, uninterrupted: dict[bool, list[Disparity]], begun: int, streaming: bool
) -> None:
    shot, footage = spec(9, streaming=streaming), clip(9)
    first = model.open_shot(shot)
    finished = first.push(footage[:begun], nothing)
    state = stored(first.state())
    assert (state.pushed, state.returned) == (begun, len(finished))
    second = model.open_shot(shot)
    second.restore(state)
    finished += estimate(second, 9, begun)
    assert all(np.array_equal(*pair) for pair in zip(finished, uninterrupted[streaming], strict=True))


def test_a_stream_below_it_goes_on_with_what_it_noted(model: NvdsModel) -> None:
    def opened() -> NvdsEstimator:
        stream = StreamingEstimator(tiny_predictor(), 9, (56, 28), Sight(recent=3), "cpu")
        return NvdsEstimator(model.stabilizer, stream, spec(9))

    expected, first, second = estimate(opened(), 9), opened(), opened()
    finished = first.push(clip(9)[:6], nothing)
    second.restore(stored(first.state()))
    finished += estimate(second, 9, 6)
    assert all(np.array_equal(*pair) for pair in zip(finished, expected, strict=True))


def stored(state: EstimatorState) -> EstimatorState:
    """The state as it comes back from a checkpoint."""
    arrays = {name: array.copy() for name, array in state.arrays.items()}
    return EstimatorState(state.pushed, state.returned, json.loads(json.dumps(state.values)), arrays)


def test_what_is_held_does_not_grow_with_the_shot() -> None:
    estimator = NvdsEstimator(Noting(), PerFrameEstimator(first_depth, 200, "fp32"), spec(200))
    sizes: list[int] = []
    for frame in clip(100):
        estimator.push([frame], nothing)
        sizes.append(sum(array.nbytes for array in estimator.state().arrays.values()))
    assert max(sizes) == sizes[5] == sizes[-1] == 6 * WIDTH * HEIGHT * 7


def test_progress_counts_frames_and_may_stop_between_steps() -> None:
    estimator = NvdsEstimator(Noting(), PerFrameEstimator(first_depth, 4, "fp32"), spec(4))
    seen: list[WindowProgress] = []
    estimator.push(clip(4), seen.append)
    assert {each.windows for each in seen} == {4}
    assert [(each.window, each.step) for each in seen[-2:]] == [(4, 2), (4, 3)]
    assert all(1 <= each.step <= each.steps == 3 for each in seen)

    def stop(_: WindowProgress) -> None:
        raise Stop

    with pytest.raises(Stop):
        NvdsEstimator(Noting(), PerFrameEstimator(first_depth, 4, "fp32"), spec(4)).push(clip(1), stop)


def test_the_command_runs_it_on_footage(weights: Path, tmp_path: Path) -> None:
    movie = make_movie(tmp_path / "clip.mp4", frames=5, size=(64, 48))
    out = tmp_path / "out"
    options = ["--model", "nvds_depth_anything", "--weights", str(weights), "--no-shots", "--precision", "fp32"]
    assert run(["estimate", str(movie), "-o", str(out), "--max-size", "64", *options]) == 0
    manifest = JobFolder(out).read_manifest()
    assert manifest is not None
    assert len(manifest.frames) == 5
    assert manifest.model.licence.startswith("MIT, stated for the program")
    assert read_exr(out / "depth" / "clip.000004.exr").shape[:2] == (48, 64)


@pytest.mark.parametrize(
    ("shot", "size"),
    [
        (ShotSpec(1, 1920, 1080), (672, 384)),
        (ShotSpec(1, 1080, 1920), (384, 672)),
        (ShotSpec(1, 4096, 1716), (928, 384)),
        (ShotSpec(1, 320, 180), (288, 160)),  # never enlarged
        (ShotSpec(1, 20, 10), (32, 32)),
        (ShotSpec(1, 720, 576, pixel_aspect=64 / 45), (672, 384)),
        (ShotSpec(1, 1920, 1080, max_size=512), (512, 288)),
        (ShotSpec(1, 1920, 1080, max_size=14), (32, 32)),
    ],
)
def test_the_aspect_is_kept_at_multiples_of_32(shot: ShotSpec, size: tuple[int, int]) -> None:
    for module in MODELS.values():
        assert module.processed_size(shot) == module.disparity_size(shot) == size


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_plans_hold_both_networks_and_do_not_grow_with_the_footage(device: str) -> None:
    module, shot = MODELS["nvds"], ShotSpec(300, 1920, 1080)
    (plan,) = module.execution_plans(shot, device, "fp16")
    (inner,) = registry.module("embedded").execution_plans(shot, device, "fp16")
    assert plan.device_bytes > inner.device_bytes + 2 * 88_000_000
    assert (plan,) == module.execution_plans(replace(shot, frame_count=10**6), device, "fp16")
    (full,) = module.execution_plans(shot, device, "fp32")
    assert full.device_bytes > plan.device_bytes
    forward = replace(shot, settings=Settings(streaming=True))
    assert module.guess_seconds(forward, device) < module.guess_seconds(shot, device)
    assert module.window_count(shot) == 300
