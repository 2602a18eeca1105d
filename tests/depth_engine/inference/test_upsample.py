# SPDX-License-Identifier: GPL-3.0-or-later
"""Enlarged disparity has the footage's edges, none of its texture, and no values that were not there."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depth_engine.inference.upsample import upsample

LOW, FULL = (72, 128), (432, 768)  # (height, width), six times
RANDOM = np.random.default_rng(7)


def texture(cell: int) -> NDArray[np.uint8]:
    """Squares of random colours, the strongest texture there is."""
    cells = RANDOM.integers(0, 256, (FULL[0] // cell + 1, FULL[1] // cell + 1, 3), dtype=np.uint8)
    return np.ascontiguousarray(cells.repeat(cell, 0).repeat(cell, 1)[: FULL[0], : FULL[1]])


def grid(size: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The middles of the pixels, x and y in [0,1]."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    return (x + 0.5) / size[1], (y + 0.5) / size[0]


def silhouette(blur: float) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
    """True depth of a disc before a wall, what a soft network says of it, and a noisy picture of both."""
    x, y = grid(FULL)
    disc = (x - 0.5) ** 2 * (16 / 9) ** 2 + (y - 0.5) ** 2 < 0.3**2
    truth = np.where(disc, np.float32(0.9), np.float32(0.2))
    low = cv2.GaussianBlur(cv2.resize(truth, LOW[::-1], interpolation=cv2.INTER_AREA), (0, 0), blur)
    picture = np.where(disc[..., None], (180, 150, 120), (60, 70, 80)) + RANDOM.normal(0, 4, (*FULL, 3))
    return truth, low.astype(np.float32), picture.clip(0, 255).astype(np.uint8)


def test_equal_sizes_give_the_very_same_values() -> None:
    disparity = RANDOM.normal(0, 100, FULL).astype(np.float32)
    assert np.array_equal(upsample(disparity, texture(5)), disparity)


@pytest.mark.parametrize("cell", [1, 4, 12, 40])
@pytest.mark.parametrize(("across", "down"), [(0.0, 1.0), (0.7, 0.3), (-1.0, 0.2)])
def test_texture_on_a_slanted_plane_leaves_no_trace(cell: int, across: float, down: float) -> None:
    low, full = (across * x + down * y for x, y in (grid(LOW), grid(FULL)))
    error = np.abs(upsample(low, texture(cell)) - full) / np.ptp(full)
    inside = (slice(6, -6), slice(6, -6))  # half a disparity pixel at the border has no neighbour outside
    assert error[inside].max() < 0.002
    assert error.max() < 0.006


def test_a_flat_surface_stays_flat() -> None:
    assert np.array_equal(upsample(np.full(LOW, 3.25, np.float32), texture(4)), np.full(FULL, 3.25, np.float32))


@pytest.mark.parametrize(("blur", "share"), [(0.01, 0.4), (1.0, 0.7), (1.5, 0.85)])
def test_a_soft_edge_follows_the_colours(blur: float, share: float) -> None:
    truth, low, picture = silhouette(blur)
    ours = np.abs(upsample(low, picture) - truth).mean()
    bilinear = np.abs(cv2.resize(low, FULL[::-1]) - truth).mean()
    assert ours < share * bilinear


@pytest.mark.parametrize("blur", [0.01, 1.0])
def test_no_value_leaves_what_is_around_it(blur: float) -> None:
    _, low, picture = silhouette(blur)
    result = upsample(low, cv2.addWeighted(picture, 0.5, texture(3), 0.5, 0))
    window = np.ones((5, 5), np.uint8)
    lowest, highest = (each(low, window).repeat(6, 0).repeat(6, 1) for each in (cv2.erode, cv2.dilate))
    assert (result >= lowest - 1e-6).all()
    assert (result <= highest + 1e-6).all()


@pytest.mark.parametrize(("scale", "offset"), [(2000.0, -200.0), (1e-3, 0.0), (1.0, 500.0), (-1.0, 0.0)])
def test_scale_and_offset_of_disparity_make_no_difference(scale: float, offset: float) -> None:
    _, low, picture = silhouette(1.0)
    expected = upsample(low, picture) * scale + offset
    result = upsample((low * scale + offset).astype(np.float32), picture)
    assert np.abs(result - expected).max() < 2e-3 * abs(scale) * np.ptp(low)


def test_a_smaller_picture_gets_the_mean_of_areas() -> None:
    disparity = RANDOM.normal(0, 1, FULL).astype(np.float32)
    small = upsample(disparity, np.zeros((FULL[0] // 2, FULL[1] // 2, 3), np.uint8))
    assert np.allclose(small, disparity.reshape(FULL[0] // 2, 2, FULL[1] // 2, 2).mean((1, 3)), atol=1e-6)


@pytest.mark.parametrize("low", [(1, 1), (1, 9), (3, 2), (40, 60)])
@pytest.mark.parametrize("full", [(41, 59), (9, 90), (200, 1)])
def test_any_sizes_work_and_stay_in_range(low: tuple[int, int], full: tuple[int, int]) -> None:
    disparity = RANDOM.normal(0, 1, low).astype(np.float32)
    result = upsample(disparity, RANDOM.integers(0, 256, (*full, 3), dtype=np.uint8))
    assert result.shape == full
    assert result.dtype == np.float32
    assert disparity.min() - 1e-5 <= result.min() <= result.max() <= disparity.max() + 1e-5


def test_4k_takes_a_few_pictures_of_memory() -> None:
    picture = np.zeros((2160, 3840, 3), np.uint8)
    disparity = RANDOM.normal(0, 1, (136, 240)).astype(np.float32)
    tracemalloc.start()
    try:
        upsample(disparity, picture)
        assert tracemalloc.get_traced_memory()[1] < 5 * picture[..., 0].size * 4
    finally:
        tracemalloc.stop()
