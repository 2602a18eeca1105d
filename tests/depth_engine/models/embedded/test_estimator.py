# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded model gives near things large values, each frame at once, by the frames before it in its shot."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from depth_engine.footage.frame import Frame, Rgb
from depth_engine.models import registry
from depth_engine.models.base import (
    Disparity,
    EstimatorState,
    ExecutionPlan,
    Model,
    Precision,
    ShotSpec,
    Stop,
    WindowProgress,
)


def nothing(_: WindowProgress) -> None: ...


def shot(pictures: Sequence[Rgb], max_size: int | None = None) -> ShotSpec:
    height, width = pictures[0].shape[:2]
    return ShotSpec(len(pictures), width, height, max_size=max_size)


def frames(pictures: Sequence[Rgb]) -> list[Frame]:
    return [Frame(number, picture) for number, picture in enumerate(pictures, start=1)]


def estimate(model: Model, pictures: Sequence[Rgb], *groups: int, max_size: int | None = None) -> list[Disparity]:
    """The disparity of pictures pushed in groups of these sizes (each on its own by default)."""
    estimator = model.open_shot(shot(pictures, max_size))
    finished: list[Disparity] = []
    for group in groups or [1] * len(pictures):
        now = estimator.push(frames(pictures)[len(finished) : len(finished) + group], nothing)
        assert len(now) == group
        finished += now
    assert estimator.finish(nothing) == []
    return finished


def test_near_is_large(model: Model, dog: Rgb) -> None:
    (disparity,) = estimate(model, [dog])
    assert disparity.shape == (182, 322) and disparity.dtype == np.float32
    floor_before_the_camera, dogs_head, dark_doorway = (
        float(np.median(part)) for part in (disparity[-10:, 151:175], disparity[75:91, 141:161], disparity[:20, 86:111])
    )
    assert floor_before_the_camera > dogs_head > dark_doorway
    assert floor_before_the_camera - dark_doorway > 0.3 * np.ptp(disparity)


def test_how_frames_are_pushed_changes_nothing(informed: Model, clip: Sequence[Rgb]) -> None:
    expected = estimate(informed, clip[:5])
    for groups in ((5,), (2, 3), (1, 4)):
        for result, wanted in zip(estimate(informed, clip[:5], *groups), expected, strict=True):
            assert np.array_equal(result, wanted)


def test_a_frame_sees_those_before_it_and_no_later_one(informed: Model, clip: Sequence[Rgb]) -> None:
    changed = [*clip[:2], 255 - clip[2], *clip[3:6]]
    pairs = zip(estimate(informed, changed), estimate(informed, clip[:6]), strict=True)
    assert [np.array_equal(*pair) for pair in pairs] == [True, True, False, False, False, False]


def test_a_picture_that_is_all_of_its_shot_passes_the_temporal_modules_by(
    model: Model, informed: Model, clip: Sequence[Rgb]
) -> None:
    still, frame = (np.array_equal(*(estimate(each, clip[:n])[0] for each in (model, informed))) for n in (1, 2))
    assert still and not frame


def test_shots_do_not_see_each_other(informed: Model, clip: Sequence[Rgb]) -> None:
    first, second = (informed.open_shot(shot(clip)) for _ in range(2))
    alone, _ = estimate(informed, clip[4:6])
    first.push(frames(clip[:4]), nothing)
    (begun,) = second.push(frames(clip[4:5]), nothing)
    (gone_on,) = first.push(frames(clip[4:5]), nothing)
    assert np.array_equal(begun, alone)
    assert not np.array_equal(gone_on, alone)


@pytest.mark.parametrize("begun", [0, 1, 7, 18])
def test_a_resumed_shot_is_bit_for_bit_an_uninterrupted_one(informed: Model, clip: Sequence[Rgb], begun: int) -> None:
    expected = estimate(informed, clip)
    first, second = (informed.open_shot(shot(clip)) for _ in range(2))
    first.push(frames(clip)[:begun], nothing)
    state = first.state()
    arrays = {name: array.copy() for name, array in state.arrays.items()}
    assert {len(array) for array in arrays.values()} == ({min(begun, 15)} if begun else set())
    second.restore(EstimatorState(state.pushed, state.returned, {}, arrays))
    finished = second.push(frames(clip)[begun:], nothing)
    assert all(np.array_equal(*pair) for pair in zip(finished, expected[begun:], strict=True))


def test_more_pixels_are_seen_and_given_with_a_larger_max_size(model: Model, dog: Rgb) -> None:
    large = cv2.resize(dog, (1120, 630), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    shapes = [estimate(model, [large], max_size=size)[0].shape for size in (None, 140, 560)]
    assert shapes == [(238, 420), (70, 126), (308, 546)]


def test_footage_of_many_megapixels_is_averaged_and_not_sampled(model: Model, dog: Rgb) -> None:
    """Every 8x8 block holds one black and 63 true pixels: whoever samples would see black somewhere."""
    large = dog.repeat(8, 0).repeat(8, 1)
    large[::8, ::8] = 0
    (expected,), (disparity,) = estimate(model, [dog], max_size=224), estimate(model, [large], max_size=224)
    assert np.abs(disparity - expected).mean() < 0.03 * np.ptp(expected)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (9, 200), (700, 20)])
def test_odd_footage_gives_finite_depth(model: Model, width: int, height: int) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert np.isfinite(estimate(model, [picture])[0]).all()


def test_progress_counts_frames_and_may_stop_between_them(model: Model, clip: Sequence[Rgb]) -> None:
    estimator = model.open_shot(shot(clip[:3]))
    seen: list[WindowProgress] = []

    def stop_at_the_second(progress: WindowProgress) -> None:
        seen.append(progress)
        if progress.window == 2:
            raise Stop

    with pytest.raises(Stop):
        estimator.push(frames(clip[:3]), stop_at_the_second)
    assert [(each.window, each.windows) for each in seen] == [(1, 3), (1, 3), (2, 3)]


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_gives_nearly_the_same_depth_without_steps(model: Model, dog: Rgb, precision: Precision) -> None:
    (expected,) = estimate(model, [dog], max_size=112)
    half = registry.load("embedded", None, "cpu", ExecutionPlan(precision))
    (disparity,) = estimate(half, [dog], max_size=112)
    assert half.plan.precision == precision
    assert disparity.dtype == np.float32
    assert np.abs(disparity - expected).mean() < 0.02 * np.ptp(expected)
    assert not np.array_equal(disparity, expected)
    assert len(np.unique(disparity)) > 0.5 * len(np.unique(expected))  # bfloat16 has but 256 steps to a factor of two


def test_the_model_says_which_weights_it_has(model: Model) -> None:
    assert model.weights == registry.info("embedded").files[0].sha256
    assert (model.device, model.plan.precision, model.info.name) == ("cpu", "fp32", "embedded")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's peak memory")
def test_peak_memory_is_within_what_is_announced() -> None:
    """Of a frame that sees 15 others, whose notes are saved in a checkpoint then."""
    program = """
import numpy, torch
from pathlib import Path
from safetensors.numpy import save
import depth_engine.models.embedded.estimator  # what loading imports is no memory of the model
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import EstimatorState, ExecutionPlan, ShotSpec
memory = lambda key: int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024
torch.nn.functional.conv2d(torch.zeros(1, 8, 64, 64), torch.zeros(8, 8, 3, 3))
before, spec, black = memory("VmRSS"), ShotSpec(17, 630, 350, max_size=630), numpy.zeros((350, 630, 3), numpy.uint8)
model = registry.load("embedded", None, "cpu", ExecutionPlan("fp32"))
first, estimator = model.open_shot(spec), model.open_shot(spec)
first.push([Frame(1, black)], lambda _: None)
notes = {name: array.repeat(15, 0) for name, array in first.state().arrays.items()}
estimator.restore(EstimatorState(15, 15, {}, notes))
del first, notes
estimator.push([Frame(16, black)], lambda _: None)
save(estimator.state().arrays)
print(memory("VmHWM") - before, registry.module("embedded").execution_plans(spec, "cpu", "fp32")[0].device_bytes)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    used, announced = map(int, done.stdout.split())
    assert 0.5 * announced < used < announced
