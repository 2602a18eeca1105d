# SPDX-License-Identifier: GPL-3.0-or-later
"""Scale and shift between two windows' disparity: found where they are, and not found in noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from depth_engine.models.drift import SAMPLES, Affine, Fit, fit_drift, thinned

Values = NDArray[np.float32]
SCALE, SHIFT = 1.25, 0.07


def scene(frames: int = 5, size: tuple[int, int] = (64, 128), seed: int = 0) -> Values:
    """A sky at 0, a slope, and objects before it."""
    random = np.random.default_rng(seed)
    picture = np.repeat(np.linspace(-0.3, 0.6, size[0]).clip(0, None)[:, None], size[1], axis=1)
    picture[size[0] // 2 :, ::7] = 0.9
    return np.stack([picture + random.normal(0, 0.01, size) for _ in range(frames)]).astype(np.float32)


def drifted(values: Values) -> Values:
    """What SCALE and SHIFT bring back to `values`."""
    return ((values - SHIFT) / SCALE).astype(np.float32)


def noise(seed: int, deviation: float) -> Values:
    return np.random.default_rng(seed).normal(0, deviation, scene().shape).astype(np.float32)


@pytest.mark.parametrize("frames", [1, 2, 25])
def test_a_known_drift_is_found(frames: int) -> None:
    fit = fit_drift(scene(frames), drifted(scene(frames)))
    assert (fit.affine.scale, fit.affine.shift) == pytest.approx((SCALE, SHIFT), abs=1e-5)
    assert fit.worthwhile and fit.residual > 0.05 and fit.aligned_residual < 1e-6


def test_residuals_are_relative_to_the_range() -> None:
    fit = fit_drift(scene(), scene() + np.float32(0.1))
    low, high = np.percentile(scene(), (1, 99))
    assert fit.residual == pytest.approx(0.1 / (high - low), rel=1e-4)


def test_a_known_drift_is_found_in_noise() -> None:
    fit = fit_drift(scene() + noise(1, 0.05), drifted(scene()) + noise(2, 0.04))
    assert (fit.affine.scale, fit.affine.shift) == pytest.approx((SCALE, SHIFT), rel=0.03)
    assert fit.worthwhile


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_outliers_do_not_count(share: float) -> None:
    random = np.random.default_rng(3)
    later = np.where(random.random(scene().shape) < share, random.random(scene().shape), drifted(scene()))
    fit = fit_drift(scene(), later.astype(np.float32))
    assert (fit.affine.scale, fit.affine.shift) == pytest.approx((SCALE, SHIFT), abs=0.01)


def test_a_sky_that_flips_does_not_count() -> None:
    later = drifted(scene())
    later[:, : 64 // 4] = 1
    fit = fit_drift(scene(), later)
    assert (fit.affine.scale, fit.affine.shift) == pytest.approx((SCALE, SHIFT), abs=0.01)


def test_a_sky_over_most_of_the_picture_hides_no_drift() -> None:
    earlier = np.where(np.arange(128) < 115, np.float32(0), scene())
    fit = fit_drift(earlier, drifted(earlier))
    assert (fit.affine.scale, fit.affine.shift) == pytest.approx((SCALE, SHIFT), abs=1e-5)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (scene(), scene()),
        (scene() + noise(1, 0.05), scene() + noise(2, 0.05)),
        (scene() + noise(1, 0.3), scene() + noise(2, 0.3)),
        (noise(1, 0.2), noise(2, 0.2)),
        (noise(1, 0.2) + np.float32(1), noise(2, 0.2)),
        (scene(), 1 - scene()),
        (np.full_like(scene(), 0.5), np.full_like(scene(), 0.5)),
        (np.full_like(scene(), 0.5), np.full_like(scene(), 0.6)),
        (np.full_like(scene(), 0.5), scene()),
        (scene(), np.full_like(scene(), 0.5)),
    ],
    ids=[
        "equal",
        "noisy",
        "noisier",
        "noise",
        "unrelated",
        "inverted",
        "flat",
        "flat shifted",
        "now flat",
        "then flat",
    ],
)
def test_where_there_is_no_drift_nothing_is_applied(earlier: Values, later: Values) -> None:
    fit = fit_drift(earlier, later)
    assert not fit.worthwhile
    assert np.isfinite([fit.residual, fit.aligned_residual]).all()


def test_noise_does_not_flatten_disparity_over_many_seams() -> None:
    """Each window stands a little lower than the last: 120 fits are used, and the scale must stay."""
    total = Affine()
    for seam in range(120):
        earlier, later = (scene(1) + noise(2 * seam + window, 0.05)[:1] for window in (0, 1))
        fit = fit_drift(earlier, later - np.float32(0.1))
        assert fit.worthwhile
        total = fit.affine.after(total)
    assert total.scale == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("residual", "aligned", "worthwhile"),
    [(0.1, 0.0901, False), (0.1, 0.09, True), (0.1, 0.0, True), (0.1, 0.1, False), (0.0, 0.0, False)],
)
def test_a_fit_counts_from_a_tenth_less_residual_on(residual: float, aligned: float, worthwhile: bool) -> None:
    assert Fit(Affine(), residual, aligned).worthwhile == worthwhile


def test_two_transforms_in_a_row_are_one() -> None:
    first, second, values = Affine(2, 0.5), Affine(0.25, -1), scene()
    np.testing.assert_allclose(second.after(first)(values), second(first(values)), rtol=1e-6)


def test_the_identity_leaves_every_bit() -> None:
    values = np.array([-0.0, 0.0, 1e-45, 0.1], np.float32)
    assert Affine()(values).tobytes() == values.tobytes()


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_blended_disparity_is_brought_back_exactly(weight: float) -> None:
    """Two windows see the same scene through other scales and shifts; any blend of the two comes back to it."""
    old, new = Affine(0.8, 0.1), Affine(1.6, -0.2)
    blend = (1 - weight) * (scene() - old.shift) / old.scale + weight * (scene() - new.shift) / new.scale
    np.testing.assert_allclose(old.faded(new, weight)(blend.astype(np.float32)), scene(), atol=1e-6)


@pytest.mark.parametrize(("frames", "size"), [(25, (576, 1024)), (8, (1024, 512)), (1, (64, 64))])
def test_samples_lie_on_a_grid_over_the_whole_picture(frames: int, size: tuple[int, int]) -> None:
    rows, columns = np.meshgrid(*map(np.arange, size), indexing="ij")
    sample_rows, sample_columns = (
        thinned(values[None].astype(np.float32), frames)[0].astype(int) for values in (rows, columns)
    )
    assert frames * sample_rows.size >= min(SAMPLES, frames * rows.size)
    assert frames * sample_rows.size <= 4 * SAMPLES
    for found, last in ((np.unique(sample_rows), size[0] - 1), (np.unique(sample_columns), size[1] - 1)):
        steps = set(np.diff(found))
        assert len(steps) == 1 and found[0] == 0 and found[-1] > last - steps.pop()
