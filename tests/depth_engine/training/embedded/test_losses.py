# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses and targets against values worked out by hand."""

from __future__ import annotations

from math import log

import pytest
import torch

from depth_engine.training.embedded.losses import (
    FLOOR,
    anchor_loss,
    edge_loss,
    ratio_loss,
    shape_loss,
    temporal_loss,
    total_loss,
)
from depth_engine.training.embedded.recipe import LossSettings
from depth_engine.training.embedded.targets import normed, prepared

VALUES = torch.tensor([1.0, 2, 3, 4, 10]).view(1, 1, 1, 5)


def test_normalised_values_have_median_0_and_mean_deviation_1() -> None:
    assert normed(VALUES).flatten().tolist() == pytest.approx([-2 / 2.2, -1 / 2.2, 0, 1 / 2.2, 7 / 2.2])
    assert torch.allclose(normed(5 * VALUES - 3), normed(VALUES))
    clip = torch.cat([VALUES, VALUES + 1], dim=1)
    assert float(normed(clip)[:, 1].mean() - normed(clip)[:, 0].mean()) > 0.1  # one scale and shift for all frames


def test_the_shape_term_leaves_the_largest_errors_out() -> None:
    predicted, ones = torch.zeros(1, 1, 1, 5), torch.ones(1, 1, 1, 5)
    assert float(shape_loss(predicted, VALUES, ones, 0.0)) == pytest.approx(4)
    assert float(shape_loss(predicted, VALUES, ones, 0.2)) == pytest.approx(2.5)
    assert float(shape_loss(predicted, VALUES, torch.tensor([1.0, 1, 1, 1, 0]), 0.0)) == pytest.approx(2)


def test_the_edge_term_sums_slopes_over_four_scales() -> None:
    across = torch.arange(16.0).expand(1, 1, 16, 16)
    assert float(edge_loss(across, torch.zeros(1, 1, 16, 16))) == pytest.approx(1 + 2 + 4 + 8)
    assert float(edge_loss(across + 3, across)) == 0


def test_the_temporal_term_compares_change_where_nothing_moved() -> None:
    target = torch.tensor([0.0, 100]).expand(1, 2, 1, 2).clone()
    predicted = target.clone()
    predicted[0, 1, 0, 0] += 3
    assert float(temporal_loss(predicted, target)) == pytest.approx(1.5)
    target[0, 1, 0, 1] = 50  # half of the range: something passed in front
    assert float(temporal_loss(predicted, target)) == pytest.approx(3)
    assert float(temporal_loss(target + 7, target)) == 0


def test_the_anchor_asks_for_zero_at_infinity() -> None:
    assert float(anchor_loss(9 * VALUES, VALUES)) == pytest.approx(0, abs=1e-6)
    assert float(anchor_loss(VALUES + 4, VALUES)) > 0.1


def test_the_ratio_term_is_the_logarithm_of_the_ratio_after_the_fit() -> None:
    assert float(ratio_loss(3 * VALUES + 2, VALUES)) == pytest.approx(0, abs=1e-5)
    mean = [abs(log((4 + FLOOR) / (value + FLOOR))) for value in (1, 2, 3, 4, 10)]
    assert float(ratio_loss(torch.zeros_like(VALUES), VALUES)) == pytest.approx(sum(mean) / 5)


def test_the_ratio_term_does_not_look_at_the_sky() -> None:
    generator = torch.Generator().manual_seed(0)
    predicted, disparity = torch.rand(1, 1, 4, 4, generator=generator), torch.rand(1, 1, 4, 4, generator=generator)
    disparity[0, 0, 0] = 0
    other = predicted.clone()
    other[0, 0, 0] = 50
    assert float(ratio_loss(predicted, disparity)) == pytest.approx(float(ratio_loss(other, disparity)))
    assert float(ratio_loss(predicted, torch.zeros_like(disparity))) == 0


def test_the_ratio_term_pulls_back_what_is_taken_for_the_sky() -> None:
    disparity = torch.tensor([0.3, 1, 2, 3, 4]).view(1, 1, 1, 5)
    predicted = (disparity - torch.tensor([0.8, 0, 0, 0, 0])).requires_grad_()
    (slope,) = torch.autograd.grad(ratio_loss(predicted, disparity), predicted)
    assert float(slope.flatten()[0]) < 0
    assert float(slope.flatten()[0]) == float(slope.min())


def test_a_perfect_prediction_costs_nothing_whatever_its_scale_and_shift() -> None:
    disparity = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    settings = LossSettings(trim=0.0, temporal=10.0, anchor=0.0, ratio=1.0, near="weighted")
    loss, terms = total_loss(4 * disparity + 2, prepared(disparity, "weighted"), settings)
    assert float(loss) == pytest.approx(0, abs=1e-4)
    assert set(terms) == {"shape", "edge", "temporal", "ratio"}


def test_the_near_ground_counts_less_when_wanted() -> None:
    disparity = torch.tensor([0.0, 1, 1, 2, 16]).view(1, 1, 1, 5)
    plain, capped, weighted = (prepared(disparity, near) for near in ("plain", "capped", "weighted"))
    assert torch.equal(plain.weights, torch.ones_like(disparity))
    assert float(capped.normed.max()) < float(plain.normed.max()) == float(weighted.normed.max())
    assert float(weighted.weights.mean()) == pytest.approx(1)
    assert float(weighted.weights.flatten()[0] / weighted.weights.flatten()[4]) == pytest.approx(5)  # 1 + 16/4
