# SPDX-License-Identifier: Apache-2.0
"""The footage's own lighting, roughly: how bright each region is, told apart by depth.

Brightness is blurred widely, so what is small (texture, wrinkles) stays out of it, and a guided filter (He, Sun and
Tang 2013) lets it jump only where depth does, so a bright wall does not shine onto the face before it. It cannot know
a dark coat from a coat in the dark: what divides footage by this decides how much.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Rgb = NDArray[np.uint8]

RADIUS = 0.06
"""Of the window, as a share of the picture's width."""

DARKEST = 1e-3
"""Luminance that counts as black."""

_NOISE = np.float32(0.05**2)
"""Variance of the guide below which it tells nothing."""

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def lighting(rgb: Rgb, guide: Map) -> Map:
    """Luminance [H,W], scene-linear and blurred, of an sRGB picture [H,W,3]; guide: inverse depth as a share of its
    range [H,W].
    """
    light: Map = np.log(np.maximum(linear(rgb) @ _LUMINANCE, np.float32(DARKEST)), dtype=np.float32)
    radius = max(1, round(RADIUS * rgb.shape[1]))
    mean_guide, mean_light = _blurred(guide, radius), _blurred(light, radius)
    variance: Map = np.maximum(_blurred(guide * guide, radius) - mean_guide * mean_guide, np.float32(0))
    covariance = _blurred(guide * light, radius) - mean_guide * mean_light
    slope = np.divide(covariance, variance + _NOISE, dtype=np.float32)
    offset = mean_light - slope * mean_guide
    return np.exp(_blurred(slope, radius) * guide + _blurred(offset, radius))


def linear(rgb: Rgb) -> Map:
    """Scene-linear values in [0,1] of sRGB pixels."""
    levels = np.arange(256, dtype=np.float32) / np.float32(255)
    table = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return table[rgb]


def _blurred(values: Map, radius: int) -> Map:
    side = 2 * radius + 1
    result: NDArray[Any] = cv2.boxFilter(values, -1, (side, side), borderType=cv2.BORDER_REFLECT)
    return result.astype(np.float32, copy=False)
