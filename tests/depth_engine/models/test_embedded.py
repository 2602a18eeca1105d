# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded model gives the depth that its weights were trained to give, one frame at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import Disparity, ExecutionPlan, Model, Precision, ShotSpec, Stop, WindowProgress

DATA = Path(__file__).parents[2] / "data"


def read(path: Path) -> NDArray[np.uint8]:
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


@pytest.fixture(scope="module")
def dog() -> NDArray[np.uint8]:
    return read(DATA / "dog.png")


@pytest.fixture(scope="module")
def model() -> Model:
    return registry.load("embedded", None, "cpu", ExecutionPlan("fp32"))


def estimate(
    model: Model, pictures: Sequence[NDArray[np.uint8]], *groups: int, max_size: int | None = None
) -> list[Disparity]:
    """The disparity of pictures pushed in groups of these sizes (each on its own by default)."""
    height, width = pictures[0].shape[:2]
    estimator = model.open_shot(ShotSpec(len(pictures), width, height, max_size=max_size))
    frames = [Frame(number, picture) for number, picture in enumerate(pictures, start=1)]
    finished: list[Disparity] = []
    for group in groups or [1] * len(frames):
        now = estimator.push(frames[len(finished) : len(finished) + group], lambda _: None)
        assert len(now) == group
        finished += now
    assert estimator.finish(lambda _: None) == []
    return finished


def test_values_are_those_of_an_independent_implementation(model: Model, dog: NDArray[np.uint8]) -> None:
    expected = np.loadtxt(DATA / "dog_disparity.csv", delimiter=",")
    (disparity,) = estimate(model, [dog])
    assert disparity.shape == (72, 128)
    assert disparity.dtype == np.float32
    rows, columns = (np.linspace(0, side - 1, 16).round().astype(int) for side in disparity.shape)
    assert np.abs(disparity[np.ix_(rows, columns)] - expected).max() < 1e-4 * np.ptp(expected)


def test_near_is_large(model: Model, dog: NDArray[np.uint8]) -> None:
    (disparity,) = estimate(model, [dog])
    floor_before_the_camera, dogs_head, dark_doorway = (
        disparity[-4:, 60:70],
        disparity[30:36, 56:64],
        disparity[:8, 34:44],
    )
    assert floor_before_the_camera.min() > dogs_head.max() > dogs_head.min() > dark_doorway.max()


def test_a_frame_has_the_same_values_whatever_comes_with_it(model: Model, dog: NDArray[np.uint8]) -> None:
    clip = [dog, 255 - dog, np.zeros_like(dog), np.roll(dog, 30, 1), dog[:, ::-1].copy()]
    alone = [estimate(model, [picture], max_size=112)[0] for picture in clip]
    for groups in ((5,), (2, 3), (1, 4), (4, 1)):
        for result, expected in zip(estimate(model, clip, *groups, max_size=112), alone):
            assert np.array_equal(result, expected)


def test_more_pixels_are_seen_and_given_with_a_larger_max_size(model: Model, dog: NDArray[np.uint8]) -> None:
    large = cv2.resize(dog, (1120, 630), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    shapes = [estimate(model, [large], max_size=size)[0].shape for size in (None, 140, 560)]
    assert shapes == [(136, 240), (40, 72), (176, 312)]


def test_footage_of_many_megapixels_is_averaged_and_not_sampled(model: Model, dog: NDArray[np.uint8]) -> None:
    """Every 8x8 block holds one black and 63 true pixels: whoever samples would see black somewhere."""
    large = dog.repeat(8, 0).repeat(8, 1)
    large[::8, ::8] = 0
    (expected,), (disparity,) = estimate(model, [dog], max_size=224), estimate(model, [large], max_size=224)
    assert np.abs(disparity - expected).max() < 0.1 * np.ptp(expected)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (9, 200), (700, 20)])
def test_odd_footage_gives_finite_depth(model: Model, width: int, height: int) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    assert np.isfinite(estimate(model, [picture])[0]).all()


def test_progress_counts_frames_and_may_stop_between_them(model: Model, dog: NDArray[np.uint8]) -> None:
    estimator = model.open_shot(ShotSpec(3, dog.shape[1], dog.shape[0]))
    seen: list[WindowProgress] = []

    def stop_at_the_second(progress: WindowProgress) -> None:
        seen.append(progress)
        if progress.window == 2:
            raise Stop

    with pytest.raises(Stop):
        estimator.push([Frame(n, dog) for n in (1, 2, 3)], stop_at_the_second)
    assert [(each.window, each.windows) for each in seen] == [(1, 3), (2, 3)]


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_gives_nearly_the_same_depth_without_steps(
    model: Model, dog: NDArray[np.uint8], precision: Precision
) -> None:
    (expected,) = estimate(model, [dog], max_size=112)
    half = registry.load("embedded", None, "cpu", ExecutionPlan(precision))
    (disparity,) = estimate(half, [dog], max_size=112)
    assert half.plan.precision == precision
    assert disparity.dtype == np.float32
    assert np.abs(disparity - expected).mean() < 0.01 * np.ptp(expected)
    assert not np.array_equal(disparity, expected)
    assert len(np.unique(disparity)) > 0.95 * disparity.size  # bfloat16 has only some 256 steps to a factor of two


def test_the_model_says_which_weights_it_has(model: Model) -> None:
    assert model.weights == registry.info("embedded").files[0].sha256
    assert (model.device, model.plan.precision, model.info.name) == ("cpu", "fp32", "embedded")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's peak memory")
def test_peak_memory_is_within_what_is_announced() -> None:
    program = """
import cv2, numpy, torch
from pathlib import Path
from transformers import Dinov2Model  # what loading imports is no memory of the model
from depth_engine.footage.frame import Frame
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, ShotSpec
memory = lambda key: int(Path("/proc/self/status").read_text().split(key + ":")[1].split()[0]) * 1024
before, spec = memory("VmRSS"), ShotSpec(2, 840, 476, max_size=840)
estimator = registry.load("embedded", None, "cpu", ExecutionPlan("fp32")).open_shot(spec)
for number in (1, 2):
    estimator.push([Frame(number, numpy.zeros((476, 840, 3), numpy.uint8))], lambda _: None)
print(memory("VmHWM") - before, registry.module("embedded").execution_plans(spec, "cpu", "fp32")[0].device_bytes)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    used, announced = map(int, done.stdout.split())
    assert 0.5 * announced < used < announced
