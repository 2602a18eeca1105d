# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot's statistics."""

from __future__ import annotations

import numpy as np
import pytest

from depth_engine.outputs.ranges import normalized, percentiles

RNG = np.random.default_rng(3)


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(5, 2, (20, 50, 40)),
        RNG.exponential(1.0, (20, 50, 40)),
        RNG.uniform(-1e-6, 1e-6, (20, 50, 40)),
        np.where(RNG.uniform(size=(20, 50, 40)) < 0.3, 0.0, 7.0),
    ],
    ids=["normal", "long-tailed", "tiny", "two-values"],
)
def test_percentiles_are_those_of_all_pixels_together(values: np.ndarray):
    pictures = values.astype(np.float32)
    low, high = float(pictures.min()), float(pictures.max())
    found = percentiles(iter(pictures), low, high, (1, 50, 99))
    for percent, value in zip((1, 50, 99), found):
        bin_width = (high - low) / 65535
        assert (pictures < value - bin_width).mean() <= percent / 100 <= (pictures <= value + bin_width).mean()


def test_a_constant_shot_has_its_value_as_every_percentile():
    assert percentiles([np.full((4, 4), 2.5, np.float32)], 2.5, 2.5, (1, 99)) == (2.5, 2.5)


def test_normalizing_clamps_and_survives_an_empty_range():
    values = np.array([[-1, 0, 1, 2, 5]], np.float32)
    np.testing.assert_allclose(normalized(values, 0, 2), [[0, 0, 0.5, 1, 1]])
    np.testing.assert_array_equal(normalized(values, 2, 2), np.zeros((1, 5)))
