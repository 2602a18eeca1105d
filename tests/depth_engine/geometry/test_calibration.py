# SPDX-License-Identifier: GPL-3.0-or-later
"""Scale and shift of disparity from points whose depth is known, with errors and with wrong points among them."""

from __future__ import annotations

import numpy as np
import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.geometry.calibration import fit_calibration

SCALE, SHIFT = 0.21, -0.13


def points(count: int, seed: int = 1):
    """Disparity of `count` points, and their depth, from 1.2 to 20."""
    depth = 1 / np.random.default_rng(seed).uniform(1 / 20, 1 / 1.2, count)
    return (1 / depth - SHIFT) / SCALE, depth


def spoil(depth, share: float, seed: int = 2):
    """Some points at a depth that has nothing to do with theirs; [N] says which."""
    random = np.random.default_rng(seed)
    wrong = random.permutation(len(depth)) < round(share * len(depth))
    return np.where(wrong, random.uniform(0.5, 40, len(depth)), depth), wrong


@pytest.mark.parametrize("count", [2, 3, 9, 50, 5000])
def test_exact_points_give_the_exact_line(count: int) -> None:
    fit = fit_calibration(*points(count))
    assert (fit.scale, fit.shift) == pytest.approx((SCALE, SHIFT), rel=1e-9)
    assert fit.inliers.all() and np.allclose(fit.errors, 0, atol=1e-9)
    assert fit.scale_error < 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_noise_and_wrong_points_move_the_scale_by_less_than_one_percent(seed: int) -> None:
    random = np.random.default_rng(100 + seed)
    disparity, true = points(800, seed)
    depth, wrong = spoil(true * (1 + random.normal(0, 0.02, 800)), 0.2, seed)
    disparity += random.normal(0, 0.01, 800)
    fit = fit_calibration(disparity, depth)
    assert fit.scale == pytest.approx(SCALE, rel=0.01)
    assert abs(fit.scale / SCALE - 1) < 4 * fit.scale_error < 0.01
    assert fit.inliers[~wrong].mean() > 0.9 and fit.inliers[wrong].mean() < 0.2
    assert np.median(np.abs(1 / (fit.scale * disparity + fit.shift) / true - 1)) < 0.03


def test_wrong_points_that_all_agree_with_each_other_do_not_win() -> None:
    """A person who walks through the picture: 40 % of the tracks, at one depth of their own."""
    disparity, depth = points(200)
    depth[:80] = 1 / (0.5 * SCALE * disparity[:80] + SHIFT + 0.5)
    fit = fit_calibration(disparity, depth)
    assert (fit.scale, fit.shift) == pytest.approx((SCALE, SHIFT), rel=1e-6)
    assert fit.inliers.sum() == 120


def test_the_same_points_give_the_same_numbers() -> None:
    disparity, depth = points(500)
    depth, _ = spoil(depth, 0.3)
    first, second = fit_calibration(disparity, depth), fit_calibration(disparity, depth)
    assert (first.scale, first.shift) == (second.scale, second.shift)


def test_the_scale_follows_the_units() -> None:
    disparity, depth = points(300)
    depth, _ = spoil(depth, 0.2)
    metres, feet = fit_calibration(disparity, depth), fit_calibration(disparity, depth * 3.28084)
    assert feet.scale == pytest.approx(metres.scale / 3.28084, rel=1e-9)
    assert feet.errors == pytest.approx(metres.errors)


def test_weights_count() -> None:
    disparity, depth = np.array([1.0, 2.0, 2.0]), np.array([1.0, 0.5, 0.25])
    even = fit_calibration(disparity, depth)
    weighted = fit_calibration(disparity, depth, np.array([1.0, 1.0, 3.0]))
    assert (even.scale, weighted.scale) == pytest.approx((2.0, 2.5))


def test_few_points_all_count_and_tell_their_errors() -> None:
    fit = fit_calibration(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.5, 0.5]))
    assert fit.inliers.all() and fit.scale == pytest.approx(0.5)
    assert fit.errors == pytest.approx([1 / 1.1667 - 1, 2 / 1.6667 - 1, 2 / 2.1667 - 1], abs=1e-3)


@pytest.mark.parametrize(
    ("disparity", "depth", "says"),
    [
        ([1.0], [2.0], "not two points"),
        ([1.0, 1.0, 1.0], [2.0, 3.0, 4.0], "same disparity"),
        ([1.0] * 20, list(range(1, 21)), "same disparity"),
        ([1.0, 2.0], [1.0, 4.0], "farther where the depth is nearer"),
        (list(range(1, 30)), list(range(1, 30)), "farther where the depth is nearer"),
    ],
)
def test_points_that_tell_nothing_are_refused(disparity, depth, says: str) -> None:
    with pytest.raises(DepthError, match=says) as caught:
        fit_calibration(np.array(disparity, float), np.array(depth, float))
    assert caught.value.code is ExitCode.BAD_INPUT and caught.value.hint


def test_no_weight_is_no_point() -> None:
    with pytest.raises(DepthError, match="all weights are 0"):
        fit_calibration(np.array([1.0, 2.0]), np.array([1.0, 0.5]), np.zeros(2))
