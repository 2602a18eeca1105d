# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from depth_engine.evaluation.metrics import fit, score_clip, score_image, spearman

TRUTH = 1 / np.array([[1.0, 2.0], [4.0, 5.0]])


def test_any_affine_copy_of_the_truth_is_perfect() -> None:
    scores = score_image(7 - 3 * -TRUTH, TRUTH)
    assert scores.abs_rel == pytest.approx(0, abs=1e-12) and scores.rmse == pytest.approx(0, abs=1e-9)
    assert scores.delta1 == scores.delta2 == scores.delta3 == 1
    assert scores.spearman == pytest.approx(1)


def test_a_constant_gives_the_mean_disparity_everywhere() -> None:
    scores = score_image(np.full((2, 2), 3.0), TRUTH)
    depth = 1 / np.mean([1, 0.5, 0.25, 0.2])  # 2.0513 m against 1, 2, 4 and 5
    errors = np.abs(depth - np.array([1, 2, 4, 5])) / np.array([1, 2, 4, 5])
    assert scores.abs_rel == pytest.approx(errors.mean())
    assert scores.rmse == pytest.approx(np.sqrt(np.mean((depth - np.array([1, 2, 4, 5])) ** 2)))
    assert (scores.delta1, scores.delta2, scores.delta3) == (0.25, 0.25, 0.5)  # factors 2.05, 1.03, 1.95 and 2.44
    assert scores.spearman == 0


def test_a_line_of_least_squares_is_the_textbook_one() -> None:
    assert fit(np.array([1.0, 2, 3]), np.array([2.0, 3, 7])) == pytest.approx((2.5, -1.0))


def test_sky_does_not_count_and_predictions_are_cut_at_the_farthest_depth() -> None:
    truth = np.array([[0.0, 0.5, 0.25]])
    predicted = np.array([[99.0, 0.5, 0.25]])  # wild, but in the sky
    assert score_image(predicted, truth).abs_rel == pytest.approx(0)
    far = np.array([[0.001, 0.5, 0.25]])
    assert score_image(predicted, far, farthest=70).abs_rel == pytest.approx(0)


def test_a_clip_has_one_fit_and_its_frames_count_alike() -> None:
    truth = np.stack([TRUTH, 2 * TRUTH])
    assert score_clip(truth, truth).abs_rel == pytest.approx(0)
    each_alone = np.stack([TRUTH, TRUTH])  # each image is perfect after a fit of its own
    assert score_clip(each_alone, truth).abs_rel > 0.1
    lone = np.stack([TRUTH, np.zeros((2, 2))])
    assert score_clip(lone, lone).delta1 == 1  # the frame without a pixel that counts is left out


def test_equal_values_share_their_rank() -> None:
    assert spearman(np.array([1.0, 1, 2]), np.array([1.0, 2, 3])) == pytest.approx(np.sqrt(0.75))
    assert spearman(np.array([1.0, 2, 3]), np.array([9.0, 4, 1])) == pytest.approx(-1)


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(ValueError, match="same pixels"):
        score_image(TRUTH, TRUTH[:1])
    with pytest.raises(ValueError, match="no pixel"):
        score_image(TRUTH, np.zeros((2, 2)))
