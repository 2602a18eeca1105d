# SPDX-License-Identifier: Apache-2.0
"""Surface normals in camera space, from inverse depth.

Axes as in Blender's camera: x to the right, y up, z towards the camera; a surface that faces the camera straight on
has the normal (0, 0, 1).

Along the rays of a pinhole camera the inverse depth of a plane is an affine function of the pixel, and its slopes tell
the plane's normal exactly. So slopes are taken of inverse depth, which for disparity needs no division, and three
stencils for each axis (before, around and behind the pixel) share the work by how smooth inverse depth is on them:
beside a jump only the one that stays on the pixel's own surface counts.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.geometry.camera import Map, View

SMALLEST = 1e-6
"""Of inverse depth: what is farther counts as this far."""

_ROUGH = 0.003
"""Change of slope from pixel to pixel, as a share of inverse depth, below which stencils count alike."""

_LOST = 0.05
"""Change of slope, as a share of inverse depth, from which a stencil lies across a jump."""

_SHARES = (1, 6, 1)
"""How much the stencils before, around and behind a pixel count on a smooth surface."""

_NOISE = 0.03
"""How much inverse depth of one surface may differ by noise, as a share of its range: the reach of smoothing."""


def normals(inverse_depth: Map, view: View) -> Map:
    """Unit normals [H,W,3] of inverse depth [H,W] (1/depth along the camera's axis, positive), facing the camera.

    Exact on planes; next to a jump in depth a pixel has the normal of its own side.
    """
    height, width = inverse_depth.shape
    near = np.maximum(inverse_depth, np.float32(SMALLEST))
    rays_x, rays_y = view.rays(width, height)
    tangent = 2 * math.tan(view.field_of_view / 2)
    slope_x = _slopes(near) * np.float32(width / tangent)
    slope_y = _slopes(near.T).T * np.float32(-height / (tangent * view.aspect))
    ahead = near - rays_x * slope_x - rays_y[:, None] * slope_y
    result = np.stack([-slope_x, -slope_y, ahead], -1)
    result /= np.linalg.norm(result, axis=-1, keepdims=True)
    return result


def _slopes(values: Map) -> Map:
    """Derivative of [H,W] along its rows, for each pixel; exact for second degree, and not taken across jumps."""
    width = values.shape[1]
    padded = np.pad(values, ((0, 0), (2, 2)), "edge")
    first, before, behind, last = (padded[:, shift : shift + width] for shift in (0, 1, 3, 4))
    slopes = (
        (3 * values - 4 * before + first) / 2,
        (behind - before) / 2,
        (4 * behind - last - 3 * values) / 2,
    )
    bends = (values - 2 * before + first, behind - 2 * values + before, last - 2 * behind + values)
    column = np.arange(width, dtype=np.int64)
    inside: tuple[NDArray[np.bool_], ...] = (column >= 2, (column >= 1) & (column < width - 1), column < width - 2)
    rough = (np.float32(_ROUGH) * values) ** 2
    lost = (np.float32(_LOST) * values) ** 2
    total = 1 / lost**2  # the weight of no slope at all, for what is one pixel wide
    slope = np.zeros_like(values)
    for value, bend, there, share in zip(slopes, bends, inside, _SHARES):
        weight = np.where(there, share / (rough + bend**2) ** 2, 0).astype(np.float32)
        slope += weight * value
        total += weight
    return (slope / total).astype(np.float32, copy=False)


def _extended(values: Map, margin: int) -> Map:
    """[H,W] with a margin on both sides of its rows that goes on as the rows end: straight."""
    steps = np.arange(1, margin + 1, dtype=np.float32)
    left = values[:, :1] - steps[::-1] * (values[:, 1:2] - values[:, :1])
    right = values[:, -1:] + steps * (values[:, -1:] - values[:, -2:-1])
    return np.concatenate([left, values, right], 1).astype(np.float32, copy=False)


def smoothed(inverse_depth: Map, radius: float, spread: float) -> Map:
    """Inverse depth [H,W] without noise: a bilateral filter, which keeps planes and jumps as they are.

    radius: standard deviation of the window in pixels; 0 changes nothing. spread: range of the clip's inverse depth.
    """
    if radius <= 0:
        return inverse_depth
    margin = math.ceil(2 * radius)
    wide = _extended(_extended(inverse_depth, margin).T, margin).T
    around = 2 * margin + 1
    filtered: NDArray[Any] = cv2.bilateralFilter(np.ascontiguousarray(wide), around, _NOISE * spread, radius)
    return np.ascontiguousarray(filtered[margin:-margin, margin:-margin], np.float32)
