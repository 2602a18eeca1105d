# SPDX-License-Identifier: Apache-2.0
"""Defocus and motion blur, laid over linear colour. Depth stays that of the sharp picture at the exposure's middle."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
RADII = (0.0, 1.5, 3.0, 5.0, 8.0)
"""Pixels: blur is computed at these and mixed between."""
SAMPLES = 9


@dataclass(frozen=True)
class Lens:
    """focus: disparity in 1/m that is sharp, 0 for no defocus. blur: radius in pixels of what is infinitely far when
    focused on `focus`. shutter: share of the time between frames that is exposed, 0 for no motion blur.
    """

    focus: float
    blur: float
    shutter: float


def choose(draw: random.Random, depth: F32, height: int, moving: bool) -> Lens:
    """Focus lies on something of the picture [H,W], more often near than far; most lenses show everything sharp."""
    seen = depth[np.isfinite(depth)]
    defocused = draw.random() < 0.18 and seen.size > 0
    share = draw.choice([0.1, 0.2, 0.4, 0.7])
    return Lens(
        focus=1 / float(np.quantile(seen, share)) if defocused else 0.0,
        blur=height / 180 * math.exp(draw.uniform(math.log(1.5), math.log(8))),
        shutter=draw.uniform(0.3, 1.0) if moving and draw.random() < 0.25 else 0.0,
    )


def defocus(lens: Lens, colour: F32, depth: F32) -> F32:
    """The circle of confusion grows with the difference of disparities; what is sharp does not bleed into it."""
    if not lens.focus:
        return colour
    disparity = np.where(np.isinf(depth), 0, 1 / depth).astype(np.float32)
    radius = np.minimum(lens.blur * np.abs(disparity - lens.focus) / lens.focus, RADII[-1]).astype(np.float32)
    mixed = np.zeros_like(colour)
    levels = np.array(RADII, np.float32)
    for index, level in enumerate(RADII):
        below = levels[index - 1] if index else level - 1
        above = levels[index + 1] if index + 1 < len(RADII) else level + 1
        share = np.clip(np.minimum((radius - below) / (level - below), (above - radius) / (above - level)), 0, 1)
        if share.any():
            mixed += _blurred(colour, radius, level) * share[..., None]
    return mixed


def motion_blur(lens: Lens, colour: F32, flow: F32) -> F32:
    """Averages along each pixel's way [H,W,2] while the shutter is open."""
    if not lens.shutter:
        return colour
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    way = np.clip(flow, -width / 8, width / 8) * np.float32(lens.shutter)
    total = np.zeros_like(colour)
    for share in np.linspace(-0.5, 0.5, SAMPLES, dtype=np.float32):
        at = (x + way[..., 0] * share, y + way[..., 1] * share)
        total += cv2.remap(colour, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return (total / SAMPLES).astype(np.float32)


def _blurred(colour: F32, radius: F32, level: float) -> F32:
    """Blurred with a disc of this radius; only pixels that are blurred at least half as much take part."""
    if level == 0:
        return colour
    reach = math.ceil(level)
    axis = np.arange(-reach, reach + 1)
    disc = np.clip(level + 0.5 - np.hypot(axis[:, None], axis), 0, 1).astype(np.float32)
    disc /= disc.sum()
    part = (np.clip(radius / level - 0.4, 0, 1) + 1e-4).astype(np.float32)
    light = cv2.filter2D(colour * part[..., None], -1, disc, borderType=cv2.BORDER_REPLICATE)
    weight = cv2.filter2D(part, -1, disc, borderType=cv2.BORDER_REPLICATE)
    return (light / weight[..., None]).astype(np.float32)
