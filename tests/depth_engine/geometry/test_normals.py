# SPDX-License-Identifier: GPL-3.0-or-later
"""Normals against surfaces whose normals are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from depth_engine.geometry.normals import View, normals, smoothed

Array = NDArray[np.float64]
VIEWS = [View(math.radians(55), 9 / 16), View(math.radians(100), 1.5), View(math.radians(20), 0.8)]


def rays(view: View, width: int, height: int) -> Array:
    """Directions [H,W,3] of the pixels, of depth 1."""
    x, y = view.rays(width, height)
    across, up = np.meshgrid(x.astype(float), y.astype(float))
    return np.stack([across, up, -np.ones_like(up)], -1)


def plane(view: View, normal: tuple[float, float, float], distance: float = 5.0) -> tuple[Array, Array]:
    """Inverse depth [H,W] of a plane `distance` before the camera, and its unit normal."""
    unit = np.array(normal) / np.linalg.norm(normal)
    through = np.array([0, 0, -distance]) @ unit
    return rays(view, 96, 54) @ unit / through, unit


def degrees_between(found: NDArray[np.float32], wanted: Array) -> Array:
    assert np.allclose(np.linalg.norm(found, axis=-1), 1, atol=1e-6)
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(found - wanted, axis=-1) / 2, 0, 1)))


@pytest.mark.parametrize("view", VIEWS, ids=["wide", "vertical", "narrow"])
@pytest.mark.parametrize("normal", [(0, 0, 1), (0.3, 0, 1), (0, 0.8, 1), (-0.4, -0.3, 0.9), (0.05, 1, 0.3)])
@pytest.mark.parametrize("smooth", [0.0, 1.5])
def test_planes_are_exact(view: View, normal: tuple[float, float, float], smooth: float) -> None:
    inverse, unit = plane(view, normal)
    seen = inverse > 1e-3
    inverse = np.maximum(inverse, 1e-3).astype(np.float32)
    wide = smoothed(inverse, smooth, float(np.ptp(inverse)))
    error = degrees_between(normals(wide, view), unit)
    # Where the plane ends at the horizon a window sees beyond it.
    inner = seen if smooth == 0 else seen & (np.roll(seen, 4, 0) & np.roll(seen, -4, 0))
    assert error[inner & _away_from_horizon(seen)].max() < 0.1


def _away_from_horizon(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    result = seen.copy()
    for shift in range(-7, 8):
        for axis in (0, 1):
            result &= np.roll(seen, shift, axis) if not seen.all() else True
    return result


def sphere(view: View, center: tuple[float, float, float], radius: float) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Inverse depth of a ball before a wall, the ball's normals, and where the ball is seen."""
    direction = rays(view, 192, 108)
    middle = np.array(center)
    along = (direction * direction).sum(-1)
    half = direction @ middle
    root = half**2 - along * (middle @ middle - radius**2)
    hit = root > 0
    depth = np.where(hit, (half - np.sqrt(np.maximum(root, 0))) / along, 8.0)
    return 1 / depth, (direction * depth[..., None] - middle) / radius, hit


def test_a_ball_is_close_up_to_its_outline_and_the_wall_behind_it_is_exact() -> None:
    view = VIEWS[0]
    inverse, wanted, hit = sphere(view, (0.3, -0.1, -4), 1.0)
    found = normals(inverse.astype(np.float32), view)
    error = degrees_between(found, wanted)
    assert np.median(error[hit]) < 0.2 and np.percentile(error[hit], 90) < 2
    assert degrees_between(found, np.array([0, 0, 1.0]))[~hit].max() < 0.5


def test_nothing_smears_across_a_jump() -> None:
    view = VIEWS[0]
    near, near_normal = plane(view, (0.5, 0.2, 1), 2.0)
    far, far_normal = plane(view, (-0.3, 0.1, 1), 6.0)
    left = np.arange(96)[None] < 40 + np.arange(54)[:, None] // 4  # a slanted edge
    found = normals(np.where(left, near, far).astype(np.float32), view)
    error = degrees_between(found, np.where(left[..., None], near_normal, far_normal))
    assert error[3:-3].max() < 0.1  # where the edge meets the border a surface may be one pixel wide


def test_smoothing_takes_noise_away_and_keeps_the_jump() -> None:
    view = VIEWS[0]
    near, near_normal = plane(view, (0.3, 0.2, 1), 2.0)
    far, far_normal = plane(view, (-0.3, 0.1, 1), 6.0)
    left = np.arange(96)[None] < np.full((54, 1), 48)
    clean = np.where(left, near, far)
    noisy = (clean + np.random.default_rng(1).normal(0, 0.002, clean.shape)).astype(np.float32)
    wanted = np.where(left[..., None], near_normal, far_normal)
    rough = degrees_between(normals(noisy, view), wanted)
    calm = smoothed(noisy, 3.0, float(np.ptp(clean)))
    error = degrees_between(normals(calm, view), wanted)
    assert np.median(error) < np.median(rough) / 3
    assert np.abs(calm - clean).max() < 0.1 * np.abs(near - far)[:, 48].min()


def test_noise_free_pictures_stay_without_smoothing() -> None:
    values = np.random.default_rng(2).uniform(0.1, 1, (5, 7)).astype(np.float32)
    assert smoothed(values, 0.0, 1.0) is values


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (2, 9), (3, 3)])
def test_tiny_pictures_have_normals_too(shape: tuple[int, int]) -> None:
    found = normals(np.full(shape, 0.5, np.float32), VIEWS[0])
    assert np.allclose(found, (0, 0, 1))
