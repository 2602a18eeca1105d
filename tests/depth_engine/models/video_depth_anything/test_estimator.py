# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows of a shot become one sequence, whatever its length; known drift is taken out; a broken-off shot goes on."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from depth_engine.models.base import Disparity, EstimatorState, Stop, WindowProgress
from depth_engine.models.video_depth_anything.estimator import VideoDepthEstimator, VideoDepthModel
from tests.depth_engine.models.video_depth_anything.cases import HEIGHT, WIDTH, clip, model_of, spec, tiny_predictor

BATCH = 4
LENGTHS = {1: 1, 31: 1, 32: 1, 33: 2, 54: 2, 55: 3, 100: 5}
"""Windows by frames: 32, then 22 new ones each."""

Pictures = NDArray[np.uint8]


class Drifting:
    """Knows the truth of a picture, and tells it in each window with another scale and shift."""

    def __init__(self, *drifts: tuple[float, float]) -> None:
        self.drifts = drifts
        self.seen: list[Pictures] = []

    def steps(self, frames: int) -> int:
        return 1

    def __call__(self, pictures: Pictures, tick: Callable[[], None]) -> Disparity:
        tick()
        scale, shift = self.drifts[len(self.seen) % len(self.drifts)]
        self.seen.append(pictures)
        return (scale * truth(pictures) + shift).astype(np.float32)


def truth(pictures: Pictures) -> Disparity:
    return (0.5 + pictures[..., 0].astype(np.float32) / 64).astype(np.float32)


def nothing(_: WindowProgress) -> None: ...


def estimate(estimator: VideoDepthEstimator, frames: int, start: int = 0) -> list[Disparity]:
    footage = clip(frames)
    finished: list[Disparity] = []
    for first in range(start, frames, BATCH):
        finished += estimator.push(footage[first : first + BATCH], nothing)
    return finished + estimator.finish(nothing)


@pytest.mark.parametrize(("frames", "windows"), LENGTHS.items())
def test_every_frame_comes_back_once_and_in_order(frames: int, windows: int) -> None:
    predictor = Drifting((1.0, 0.0))
    estimator = model_of(predictor).open_shot(spec(frames))
    finished = estimate(estimator, frames)
    assert len(predictor.seen) == windows
    assert len(estimator.report()) == windows - 1
    expected = truth(np.stack([frame.rgb for frame in clip(frames)]))
    np.testing.assert_allclose(np.stack(finished), expected, atol=1e-4)


@pytest.mark.parametrize("frames", LENGTHS)
def test_the_network_runs_on_every_length(frames: int) -> None:
    predictor = tiny_predictor()
    finished = estimate(model_of(predictor).open_shot(spec(frames)), frames)
    assert len(finished) == frames
    assert {(each.shape, each.dtype.name) for each in finished} == {((HEIGHT, WIDTH), "float32")}
    np.testing.assert_allclose(np.stack(finished), whole_clip(frames), rtol=1e-3, atol=1e-4)


def whole_clip(frames: int) -> Disparity:
    """The published way, said once more over the whole clip: windows, keyframes, least squares, fade."""
    predictor = tiny_predictor()
    pictures = [frame.rgb for frame in clip(frames)]
    pictures += [pictures[-1]] * 64
    result, inputs, anchors = np.zeros((0, HEIGHT, WIDTH)), pictures[:32], np.zeros(0)
    for window in range(LENGTHS[frames]):
        if window:
            start = 22 * window
            inputs = [inputs[0], inputs[12], *inputs[24:32], *pictures[start + 10 : start + 32]]
        values = predictor(np.stack(inputs), lambda: None).astype(np.float64)
        if not window:
            result, anchors = values, values[[0, 12]]
            continue
        columns = np.stack([values[:2].ravel(), np.ones(values[:2].size)], axis=1)
        scale, shift = np.linalg.lstsq(columns, anchors.ravel(), rcond=None)[0]
        values = np.maximum(scale * values + shift, 0)
        weights = (np.arange(8) / 7)[:, None, None]
        result[-8:] = (1 - weights) * result[-8:] + weights * values[2:10]
        result, anchors = np.concatenate([result, values[10:]]), np.stack([anchors[0], values[12]])
    return result[:frames].astype(np.float32)


def test_each_window_begins_with_keyframes_and_the_last_one_is_filled_with_its_last_frame() -> None:
    predictor = Drifting((1.0, 0.0))
    estimate(model_of(predictor).open_shot(spec(70)), 70)
    footage = [frame.rgb for frame in clip(70)]
    places = [
        list(range(32)),
        [0, 12, *range(24, 54)],
        [0, 34, *range(46, 70), *[69] * 6],
    ]
    assert len(predictor.seen) == len(places)
    for seen, numbers in zip(predictor.seen, places):
        assert np.array_equal(seen, np.stack([footage[number] for number in numbers]))


def test_known_drift_is_recovered() -> None:
    drifts = [(1.0, 0.0), (1.7, 0.4), (0.6, 1.0), (2.5, 0.1), (0.9, 2.0)]
    estimator = model_of(Drifting(*drifts)).open_shot(spec(100))
    finished = np.stack(estimate(estimator, 100))
    expected = truth(np.stack([frame.rgb for frame in clip(100)]))
    assert np.abs(finished - expected).max() < 1e-3 * np.ptp(expected)
    seams = estimator.report()
    assert [(seam.first, seam.last) for seam in seams] == [(24, 31), (46, 53), (68, 75), (90, 97)]
    for seam, (scale, shift) in zip(seams, drifts[1:]):
        assert seam.applied
        assert seam.residual > 0.05
        assert seam.aligned_residual < 1e-3
        assert (seam.scale, seam.shift) == pytest.approx((1 / scale, -shift / scale), rel=1e-3)


def test_a_metric_model_is_not_aligned_and_says_so() -> None:
    estimator = model_of(Drifting((1.0, 0.0), (1.2, 0.0)), metric=True).open_shot(spec(54))
    finished = np.stack(estimate(estimator, 54))
    expected = truth(np.stack([frame.rgb for frame in clip(54)]))
    np.testing.assert_allclose(finished[:25], expected[:25], rtol=1e-5)
    np.testing.assert_allclose(finished[31:], 1.2 * expected[31:], rtol=1e-5)
    (seam,) = estimator.report()
    assert (seam.scale, seam.shift, seam.applied) == (1.0, 0.0, False)
    assert seam.residual == seam.aligned_residual > 0.05


class Flat(Drifting):
    """One depth everywhere, another one in each window."""

    def __call__(self, pictures: Pictures, tick: Callable[[], None]) -> Disparity:
        return np.full_like(super().__call__(pictures, tick), 3.0 + len(self.seen))


def test_constant_depth_stays_constant() -> None:
    estimator = model_of(Flat((1.0, 0.0))).open_shot(spec(100))
    finished = np.stack(estimate(estimator, 100))
    np.testing.assert_allclose(finished, finished[0, 0, 0], rtol=1e-6)
    assert all(np.isfinite([seam.scale, seam.shift, seam.residual]).all() for seam in estimator.report())


def test_depth_that_is_turned_over_is_not_followed() -> None:
    finished = estimate(model_of(Drifting((1.0, 0.0), (-1.0, 9.0))).open_shot(spec(54)), 54)
    assert np.isfinite(np.stack(finished)).all()
    assert min(each.min() for each in finished) >= 0


@pytest.fixture(scope="module")
def uninterrupted() -> tuple[VideoDepthEstimator, list[Disparity]]:
    estimator = model_of(tiny_predictor()).open_shot(spec(60))
    return estimator, estimate(estimator, 60)


@pytest.mark.parametrize("pushes", [1, 8, 11, 14])
def test_a_resumed_shot_is_bit_for_bit_an_uninterrupted_one(
    uninterrupted: tuple[VideoDepthEstimator, list[Disparity]], pushes: int
) -> None:
    whole, expected = uninterrupted
    model, footage = model_of(tiny_predictor()), clip(60)
    first = model.open_shot(spec(60))
    begun: list[Disparity] = []
    for push in range(pushes):
        begun += first.push(footage[push * BATCH : (push + 1) * BATCH], nothing)
    state = stored(first.state())
    assert (state.pushed, state.returned) == (pushes * BATCH, len(begun))
    second = model.open_shot(spec(60))
    second.restore(state)
    resumed = begun + estimate(second, 60, state.pushed)
    assert len(resumed) == 60
    assert all(np.array_equal(*pair) for pair in zip(resumed, expected))
    assert second.report() == whole.report()


def stored(state: EstimatorState) -> EstimatorState:
    """The state as it comes back from a checkpoint."""
    arrays = {name: array.copy() for name, array in state.arrays.items()}
    return EstimatorState(state.pushed, state.returned, json.loads(json.dumps(state.values)), arrays)


def test_what_is_held_does_not_grow_with_the_shot() -> None:
    estimator = model_of(Drifting((1.0, 0.0))).open_shot(spec(1000))
    sizes: list[int] = []
    footage = clip(22)
    for _ in range(40):
        estimator.push(footage, nothing)
        sizes.append(sum(array.nbytes for array in estimator.state().arrays.values()))
    assert max(sizes[20:]) <= max(sizes[:20])


def test_progress_tells_windows_and_steps_and_may_stop_between_them() -> None:
    model: VideoDepthModel = model_of(tiny_predictor())
    seen: list[WindowProgress] = []
    estimator = model.open_shot(spec(54))
    estimator.push(clip(54), seen.append)
    assert [(each.window, each.windows, each.step, each.steps) for each in seen] == [
        (window, 2, step, 17) for window in (1, 2) for step in range(1, 18)
    ]

    def stop(progress: WindowProgress) -> None:
        if progress.step == 5:
            raise Stop

    with pytest.raises(Stop):
        model.open_shot(spec(32)).push(clip(32), stop)
