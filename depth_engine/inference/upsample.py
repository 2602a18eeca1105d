# SPDX-License-Identifier: Apache-2.0
"""Bring a model's disparity to the size of the footage, with its edges where the footage has them.

A guided filter (He, Sun and Tang 2013) in its fast form: around every low-resolution pixel the disparity is explained
by the colours, and the coefficients, not the values, are enlarged and applied to the full-size picture. One change
keeps texture out: the local model also has a plane, and colours explain only what the plane leaves over. So the
markings of a receding street leave no trace in its depth. Where disparity is steeper than surfaces are, the plane has
no say, and a soft edge follows the colours.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Map = NDArray[np.float32]

RADIUS = 4
"""Of the window, in disparity pixels: wide enough to see both sides of a soft edge."""

COLOR_NOISE = np.float32(1e-3)
"""Variance of colours in [0,1] below which a difference means nothing: about 8 of 255 levels."""

STEEP = np.float32(0.05)
"""Slope, in parts of the disparity's whole range for each of its pixels, above which it is an edge and no surface."""

_WHITE = np.float32(255)
_SIDE = 2 * RADIUS + 1
_SPREAD = np.float32(RADIUS * (RADIUS + 1) / 3)  # variance, along one axis, of the distance from the middle
_EVEN = np.full(_SIDE, 1 / _SIDE, np.float32)
_DIAGONAL = np.arange(1, 4)
_RAMP = np.arange(-RADIUS, RADIUS + 1, dtype=np.float32) / np.float32(_SIDE)


def upsample(disparity: Map, guide: Rgb) -> Map:
    """Enlarge disparity [h,w] to the size of guide [H,W,3] uint8, edge-aware; values keep their scale.

    The result stays within the values that the disparity has around a pixel. Equal sizes give back the very same
    array; where the guide is nowhere larger than the disparity, areas are averaged instead.
    """
    low_size, size = (disparity.shape[1], disparity.shape[0]), (guide.shape[1], guide.shape[0])
    if size == low_size:
        return disparity
    if size[0] <= low_size[0] and size[1] <= low_size[1]:
        return _as_map(cv2.resize(disparity, size, interpolation=cv2.INTER_AREA))
    low, high = float(disparity.min()), float(disparity.max())
    if high == low:
        return np.full(guide.shape[:2], low, np.float32)
    unit = (disparity - np.float32(low)) / np.float32(high - low)  # float32 products then suffice for any scale
    offset, slopes = _coefficients(unit, _as_map(cv2.resize(guide, low_size, interpolation=cv2.INTER_AREA)) / _WHITE)
    result = _enlarge(offset, size)
    for channel in range(3):
        color = _as_map(cv2.extractChannel(guide, channel))
        slope = _enlarge(slopes[channel] / _WHITE, size)
        cv2.add(result, cv2.multiply(slope, color, dst=slope), dst=result)
    around = np.ones((3, 3), np.uint8)
    cv2.max(result, _enlarge(_as_map(cv2.erode(unit, around)), size), dst=result)
    cv2.min(result, _enlarge(_as_map(cv2.dilate(unit, around)), size), dst=result)
    result *= np.float32(high - low)
    result += np.float32(low)
    return result


def _coefficients(disparity: Map, colors: Map) -> tuple[Map, Map]:
    """Offset [h,w] and slopes [3,h,w] such that disparity is about offset + slopes · colors ([h,w,3] in [0,1])."""
    margin = 2 * RADIUS
    signals = np.stack([_extend(disparity, margin), *(_reflect(color, margin) for color in cv2.split(colors))])
    mean, lean_x, lean_y = (
        _window(signals, _EVEN, _EVEN),
        _window(signals, _RAMP, _EVEN),
        _window(signals, _EVEN, _RAMP),
    )
    # Covariances of the signals, each less its plane: in a square window the slopes along x and y are independent.
    slope_squared = (lean_x[0] ** 2 + lean_y[0] ** 2) / _SPREAD**2
    plane = 1 / (1 + (slope_squared / STEEP**2) ** 2) / _SPREAD  # all of the plane on surfaces, none of it on edges
    covariance = _window(_outer(signals), _EVEN, _EVEN) - _outer(mean) - (_outer(lean_x) + _outer(lean_y)) * plane
    covariance[_DIAGONAL, _DIAGONAL] += COLOR_NOISE
    slopes = _solve(_as_map(covariance[1:, 1:]), _as_map(covariance[1:, 0]))
    height, tilt_x, tilt_y = (
        moment[0] - (slopes * moment[1:]).sum(0) for moment in (mean, lean_x * plane, lean_y * plane)
    )
    # A pixel takes the mean of what the windows around it say, each by its own plane.
    offset = _window(height, _EVEN, _EVEN) - _window(tilt_x, _RAMP, _EVEN) - _window(tilt_y, _EVEN, _RAMP)
    return _crop(offset, margin), _crop(_window(slopes, _EVEN, _EVEN), margin)


def _solve(matrix: Map, right: Map) -> Map:
    """Solutions [3,h,w] of the systems matrix [3,3,h,w] x = right [3,h,w], by Cramer's rule."""
    normals = np.stack([_cross(matrix[1], matrix[2]), _cross(matrix[2], matrix[0]), _cross(matrix[0], matrix[1])])
    return _as_map((right[:, None] * normals).sum(0) / (matrix[0] * normals[0]).sum(0))


def _cross(a: Map, b: Map) -> Map:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _outer(signals: Map) -> Map:
    return signals[:, None] * signals[None]


def _window(signals: Map, weights_x: Map, weights_y: Map) -> Map:
    """Weighted sums over the window around each pixel; signals [...,h,w]."""
    planes = signals.reshape(-1, *signals.shape[-2:])
    return np.stack([_as_map(cv2.sepFilter2D(plane, -1, weights_x, weights_y)) for plane in planes]).reshape(
        signals.shape
    )


def _reflect(image: NDArray[Any], margin: int) -> Map:
    return _as_map(cv2.copyMakeBorder(image, margin, margin, margin, margin, cv2.BORDER_REFLECT_101))


def _extend(disparity: Map, margin: int) -> Map:
    """Reflect in value as well as in place, so that slopes go on beyond the border."""
    edge = cv2.copyMakeBorder(disparity, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    return 2 * _as_map(edge) - _reflect(disparity, margin)


def _crop(padded: Map, margin: int) -> Map:
    return np.ascontiguousarray(padded[..., margin:-margin, margin:-margin])


def _enlarge(values: Map, size: tuple[int, int]) -> Map:
    return _as_map(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR))


def _as_map(array: NDArray[Any]) -> Map:
    return array.astype(np.float32, copy=False)
