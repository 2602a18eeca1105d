# SPDX-License-Identifier: GPL-3.0-or-later
"""The stabiliser takes known drift and flicker out, keeps what is true, and goes on bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depth_engine.contract import DepthError, JobFolder, MovieSource
from depth_engine.footage import open_footage
from depth_engine.footage.frame import Frame, Rgb
from depth_engine.inference.motion import follow, seen_by_flow
from depth_engine.inference.stabilise import Stabiliser
from depth_engine.jobs import run_job
from depth_engine.models import registry
from depth_engine.models.base import Disparity, ShotSpec
from depth_engine.models.per_frame import PerFrameEstimator
from depth_engine.outputs.exr import read_exr
from tests.depth_engine.jobs.same import assert_same
from tests.depth_engine.oracle import Oracle, make_job, smooth
from tests.support.movies import make_movie

ROOT = Path(__file__).resolve().parents[3]
DOG = ROOT / "tests" / "data" / "dog.png"
CLIP = ROOT / "examples" / "dog_handheld.mp4"
COUNT = 40


def picture() -> Rgb:
    return np.ascontiguousarray(cv2.imread(str(DOG))[..., ::-1])


def scene() -> Disparity:
    """A disparity [126,224] of the picture, with an edge in it."""
    x, y = np.meshgrid(np.linspace(0, 4, 224, dtype=np.float32), np.linspace(0, 3, 126, dtype=np.float32))
    return np.sin(x) + y + 0.8 * ((x - 2) ** 2 + (y - 1.5) ** 2 < 0.6)


def drifting(truth: Sequence[Disparity]) -> list[Disparity]:
    """Each frame in a scale and a shift of its own: slow drift, and flicker on top."""
    noise = np.random.default_rng(2).standard_normal((len(truth), 2)) * 0.05
    return [
        ((1 + 0.3 * np.sin(i / 9) + a) * y + 0.4 * np.cos(i / 13) + b).astype(np.float32)
        for i, (y, (a, b)) in enumerate(zip(truth, noise))
    ]


def stabiliser(predicted: Sequence[Disparity], *, metric: bool = False) -> Stabiliser:
    """Over a model that predicts these, whatever it sees."""
    told = iter(predicted)
    return Stabiliser(PerFrameEstimator(lambda _: next(told), len(predicted), "fp32"), metric=metric)


def stabilise(pictures: Sequence[Rgb], predicted: Sequence[Disparity], *, metric: bool = False) -> list[Disparity]:
    return stabiliser(predicted, metric=metric).push(frames(pictures), lambda _: None)


def frames(pictures: Sequence[Rgb]) -> list[Frame]:
    return [Frame(number, rgb) for number, rgb in enumerate(pictures, start=1)]


def in_first_frames_terms(predicted: Sequence[Disparity], truth: Sequence[Disparity]) -> list[Disparity]:
    """The truth in the scale and shift that the first frame came in: what the others should have become."""
    scale, shift = np.polyfit(truth[0].ravel(), predicted[0].ravel(), 1)
    return [scale * each + shift for each in truth]


def worst(found: Sequence[Disparity], wanted: Sequence[Disparity]) -> float:
    """The largest of the frames' mean errors, relative to the range."""
    return max(float(np.abs(a - b).mean() / np.ptp(b)) for a, b in zip(found, wanted, strict=True))


def test_drift_of_scale_and_shift_goes() -> None:
    truth = [scene()] * COUNT
    predicted = drifting(truth)
    wanted = in_first_frames_terms(predicted, truth)
    assert worst(predicted, wanted) > 0.1
    assert worst(stabilise([picture()] * COUNT, predicted), wanted) < 1e-3


def test_drift_goes_under_a_moving_camera_too() -> None:
    shifts = [1.5 * index for index in range(COUNT)]
    pictures = [moved(picture(), shift)[:, :160] for shift in shifts]
    truth = [moved(scene(), shift)[:, :160] for shift in shifts]
    predicted = drifting(truth)
    wanted = in_first_frames_terms(predicted, truth)
    assert worst(predicted, wanted) > 0.1
    assert worst(stabilise(pictures, predicted), wanted) < 0.01


def moved(values: NDArray[np.generic], shift: float) -> NDArray[np.generic]:
    height, width = values.shape[:2]
    matrix = np.array([[1, 0, -shift], [0, 1, 0]], np.float32)
    return np.ascontiguousarray(cv2.warpAffine(values, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))


@pytest.mark.parametrize("metric", [False, True])
def test_flicker_gets_less_and_nothing_gets_blurred(metric: bool) -> None:
    """Noise with patches as wide as networks have it, over a picture that stands still."""
    draw, truth = np.random.default_rng(3), scene() + 1
    noise = [cv2.GaussianBlur(draw.standard_normal(truth.shape).astype(np.float32), (0, 0), 6) for _ in range(20)]
    predicted = [truth + 0.4 * each for each in noise]
    found = stabilise([picture()] * 20, predicted, metric=metric)

    def change(values: Sequence[Disparity]) -> float:
        return float(np.mean([np.abs(b - a).mean() for a, b in pairwise(values)]))

    assert change(found) < 0.5 * change(predicted)
    assert worst(found[5:], [truth] * 15) < worst(predicted[5:], [truth] * 15)
    edge = (cv2.morphologyEx(truth, cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0.5).astype(bool)
    assert np.abs(np.mean(found[5:], axis=0) - truth)[edge].mean() < 0.02


def test_what_moves_in_depth_is_taken_as_it_is() -> None:
    before, after = scene(), scene()
    after[40:80, 40:90] += 2
    found = stabilise([picture()] * 4, [before, before, after, after])
    np.testing.assert_allclose(found[2][42:78, 42:88], after[42:78, 42:88], rtol=1e-4)
    np.testing.assert_allclose(found[2][:, 120:], after[:, 120:], atol=1e-3)


def test_metric_disparity_keeps_its_scale() -> None:
    truth = scene() + 1
    predicted = [truth, truth, 1.5 * truth, 1.5 * truth]
    found = stabilise([picture()] * 4, predicted, metric=True)
    assert worst(found, predicted) < 0.02
    assert worst(stabilise([picture()] * 4, predicted), predicted) > 0.1


def test_where_nothing_can_be_followed_frames_stay_as_they_are() -> None:
    draw = np.random.default_rng(4)
    pictures = [draw.integers(0, 255, (72, 96, 3), dtype=np.uint8) for _ in range(3)]
    predicted = [draw.standard_normal((36, 48)).astype(np.float32) for _ in range(3)]
    assert worst(stabilise(pictures, predicted), predicted) < 0.05
    flat = [np.full((36, 48), value, np.float32) for value in (1, 2, 3)]
    for found, wanted in zip(stabilise(pictures, flat), flat):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("size", [(10, 6), (48, 300), (1400, 90)])
def test_any_size_can_be_followed(size: tuple[int, int]) -> None:
    rgb = cv2.resize(picture(), size).astype(np.uint8)
    seen = seen_by_flow(rgb)
    assert min(seen.shape) >= 48 and max(seen.shape) <= 512
    track = follow(seen, seen, (20, 14))
    assert track.certainty.min() == 1
    assert track.distance.max() < 0.05
    values = np.random.default_rng(5).random((14, 20), np.float32)
    np.testing.assert_allclose(track.carried(values), values, atol=0.05)


def test_motion_is_found_and_what_it_hides_is_not_believed() -> None:
    earlier, later = picture()[:, :200], moved(picture(), 6)[:, :200].astype(np.uint8)
    track = follow(seen_by_flow(earlier), seen_by_flow(later), (200, 126))
    inner = track.places[20:100, 20:150] - np.stack(np.meshgrid(np.arange(20, 150), np.arange(20, 100)), axis=2)
    assert np.median(inner[..., 0]) == pytest.approx(6, abs=0.2)
    assert np.median(track.distance) == pytest.approx(6, abs=0.2)
    assert track.certainty[20:100, 20:150].mean() > 0.9
    assert track.certainty[:, 197:].mean() < 0.1


def test_an_interrupted_shot_goes_on_bit_for_bit_and_holds_one_frame() -> None:
    pictures = [moved(picture(), index)[:, :160].astype(np.uint8) for index in range(8)]
    predicted = drifting([moved(scene(), index)[:, :160] for index in range(8)])
    whole = stabilise(pictures, predicted)
    held: set[int] = set()
    for cut in (0, 1, 5):
        before = stabiliser(predicted)
        first = before.push(frames(pictures)[:cut], lambda _: None)
        state = before.state()
        held.add(sum(array.nbytes for array in state.arrays.values()))
        after = stabiliser(predicted[cut:])
        after.restore(state)
        rest = after.push(frames(pictures)[cut:], lambda _: None)
        assert state.pushed == state.returned == cut
        for one, other in zip([*first, *rest], whole, strict=True):
            np.testing.assert_array_equal(one, other)
    assert len(held) == 2  # nothing before the first frame, then always the same


def answer(number: int) -> Disparity:
    scale = 1 + 0.2 * np.sin(number)
    return (scale * smooth(0) + number % 3).astype(np.float32)


def test_a_job_that_broke_off_goes_on_bit_for_bit_and_no_shot_sees_another(tmp_path: Path) -> None:
    movie = MovieSource(str(make_movie(tmp_path / "clip.mp4", frames=COUNT, size=(96, 64))))
    options = {"stabilise": True, "shots": "38", "output_size": "processed"}

    def fail(number: int) -> None:
        if number == 36:
            raise ZeroDivisionError("broken off")

    whole, job = (make_job(JobFolder(tmp_path / name), movie, **options) for name in ("whole", "job"))
    run_job(whole, model=Oracle(answer))
    with pytest.raises(DepthError, match="broken off"):
        run_job(job, model=Oracle(answer, before_frame=fail))
    assert job.checkpoint_file.exists()
    run_job(job, model=Oracle(answer))
    assert_same(job, whole)
    written = [read_exr(whole.path / "depth" / f"clip.{number:06d}.exr") for number in (1, 37, 38)]
    np.testing.assert_array_equal(written[0], answer(1))
    np.testing.assert_array_equal(written[2], answer(38))
    assert np.abs(written[1] - answer(37)).max() > 0.1


def test_a_real_clip_flickers_less() -> None:
    """Measured once with 40 frames seen at 280 pixels: 0.69 % of the range from frame to frame, 0.30 % stabilised."""
    footage = open_footage(MovieSource(str(CLIP)))
    seen = list(footage.read(range(1, 7)))
    height, width = seen[0].rgb.shape[:2]
    spec = ShotSpec(len(seen), width, height, max_size=126)
    (plan,) = registry.module("embedded").execution_plans(spec, "cpu", "fp32")
    model = registry.load("embedded", None, "cpu", plan)
    raw = model.open_shot(spec).push(seen, lambda _: None)
    found = stabilise([frame.rgb for frame in seen], raw)
    pictures = [seen_by_flow(frame.rgb) for frame in seen]
    assert flicker(pictures, found) < 0.6 * flicker(pictures, raw)


def flicker(pictures: Sequence[NDArray[np.uint8]], disparity: Sequence[Disparity]) -> float:
    """What things change by from frame to frame, where they can be followed, relative to the 1-99 % range."""
    low, high = np.percentile(np.stack(disparity), (1, 99))
    changes: list[float] = []
    for (a, b), (x, y) in zip(pairwise(pictures), pairwise(disparity)):
        track = follow(a, b, y.shape[1::-1])
        changes.append(float(np.abs(y - track.carried(x))[track.certainty > 0.5].mean()))
    return float(np.mean(changes) / (high - low))
