# SPDX-License-Identifier: GPL-3.0-or-later
"""The footage's own lighting, of pictures whose lighting is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from depth_engine.geometry.lighting import lighting, linear

HEIGHT, WIDTH = 90, 160


def srgb(light: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A grey picture [H,W,3] with these scene-linear values."""
    levels = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.repeat(np.round(levels * 255).astype(np.uint8)[..., None], 3, -1)


def test_linear_is_the_inverse_of_the_standard_curve() -> None:
    values = np.linspace(0.01, 1, 50)[None]
    assert linear(srgb(values))[..., 0] == pytest.approx(values, rel=0.03)


def test_a_slow_ramp_is_found_and_texture_is_not() -> None:
    ramp = np.broadcast_to(np.linspace(0.1, 0.6, WIDTH), (HEIGHT, WIDTH))
    stripes = np.where((np.arange(WIDTH) // 2) % 2, 1.25, 0.8)
    found = lighting(srgb(ramp * stripes), np.full((HEIGHT, WIDTH), 0.5, np.float32))
    inner = np.s_[12:-12, 12:-12]
    assert (found / ramp)[inner] == pytest.approx(1, abs=0.05)


def test_light_stops_where_depth_jumps() -> None:
    left = np.broadcast_to(np.arange(WIDTH) < WIDTH // 2, (HEIGHT, WIDTH))
    found = lighting(srgb(np.where(left, 0.8, 0.1)), left.astype(np.float32))
    assert found[left].min() > 0.7 and found[~left].max() < 0.12
    flat = lighting(srgb(np.where(left, 0.8, 0.1)), np.zeros((HEIGHT, WIDTH), np.float32))
    assert flat[left].min() < 0.6 and flat[~left].max() > 0.15


def test_black_has_a_light_too() -> None:
    found = lighting(np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros((HEIGHT, WIDTH), np.float32))
    assert np.isfinite(found).all() and found.min() > 0
