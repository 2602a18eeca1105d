# SPDX-License-Identifier: GPL-3.0-or-later
"""Affine-invariant depth as disparity."""

from __future__ import annotations

import numpy as np

from depth_engine.models.affine_depth import to_disparity


def test_viewers_that_read_disparity_from_1_to_20_show_the_models_depth() -> None:
    depth = np.linspace(0, 1, 101, dtype=np.float32)
    found = to_disparity(depth)
    assert found.dtype == np.float32
    assert (np.diff(found) < 0).all()  # near = large
    near, far, low, high = 1.0, 20.0, found.min(), found.max()
    shown = 1 / (1 / far + (1 / near - 1 / far) * (found - low) / (high - low))
    assert np.abs(shown - (1 + 19 * depth)).max() < 1e-3


def test_disparity_is_one_over_an_affine_depth_and_values_beyond_are_clamped() -> None:
    depth = np.linspace(-0.1, 1.1, 25, dtype=np.float32)
    disparity = to_disparity(depth)
    assert (disparity.max(), disparity.min()) == (1.0, np.float32(1 / 20))
    np.testing.assert_allclose(1 / disparity, 1 + 19 * depth.clip(0, 1), rtol=1e-6)


def test_what_is_no_number_stays_none() -> None:
    assert np.isnan(to_disparity(np.array([np.nan], np.float32)))
