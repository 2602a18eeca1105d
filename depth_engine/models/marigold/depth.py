# SPDX-License-Identifier: Apache-2.0
"""From the network's depth to the engine's disparity.

Marigold predicts depth up to a scale and a shift: p from 0, the nearest, to 1, the farthest, with depth = a p + b.
Disparity, 1 / depth, needs the ratio b : a, which nobody knows: here the farthest is taken to be FAR_OVER_NEAR times as
far as the nearest. So 1 / Y is an affine function of what the network said, nothing of which is lost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from depth_engine.models.base import Disparity

FAR_OVER_NEAR = 20.0
"""As in Blender's default range, 1 m to 20 m, in which depth is then what the network said, stretched."""

Depths = NDArray[np.float32]


def to_disparity(depth: Depths) -> Disparity:
    """Depth in 0..1, of any shape, as disparity from 1 / FAR_OVER_NEAR, far, to 1, near."""
    return (1 / (1 + (FAR_OVER_NEAR - 1) * np.clip(depth, 0, 1))).astype(np.float32)


def combine(members: Depths) -> Depths:
    """One depth [H,W] of several of the same picture [n,H,W], each known up to a scale and a shift.

    Each is given the members' average mean and spread; then the median counts at every pixel (section 3.4 of
    arXiv 2312.02145, which searches for the scales and shifts, and then stretches the result to 0..1: that would
    make a video flicker).
    """
    if len(members) == 1:
        return members[0]
    flat = members.reshape(len(members), -1).astype(np.float64)
    means, spreads = flat.mean(axis=1), flat.std(axis=1)
    scales = np.where(spreads > 0, spreads.mean() / np.maximum(spreads, np.finfo(np.float64).tiny), 1.0)
    aligned = (flat - means[:, None]) * scales[:, None] + means.mean()
    return np.median(aligned, axis=0).reshape(members.shape[1:]).astype(np.float32)
