# SPDX-License-Identifier: Apache-2.0
"""From disparity to places in space. Camera space as in Blender: x right, y up, the camera looks along -z."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from depth_engine.geometry.camera import Map, View

Places = NDArray[np.float32]


def ranged_depth(disparity: Map, low: float, high: float, near: float, far: float) -> Map:
    """Depth [H,W] of relative disparity [H,W]: `high` stands at near, `low` at far, and what lies outside with them."""
    share = np.clip((disparity - low) / (high - low), 0, 1) if high > low else np.zeros_like(disparity)
    return (1 / (1 / far + (1 / near - 1 / far) * share)).astype(np.float32)


def true_depth(disparity: Map, scale: float = 1.0, shift: float = 0.0) -> Map:
    """Depth [H,W] of metric or calibrated disparity: 1 / (scale * Y + shift); infinite where that is sky."""
    inverse = scale * disparity.astype(np.float64) + shift
    return np.where(inverse > 0, 1 / np.where(inverse > 0, inverse, 1), np.inf).astype(np.float32)


def places(depth: Map, view: View) -> Places:
    """Camera space [H,W,3] of depth [H,W] along the camera's axis, each pixel's centre on its ray."""
    height, width = depth.shape
    x, y = view.rays(width, height)
    return np.stack([x * depth, y[:, None] * depth, -depth], -1)


def jumps(depth: Map, edge_cut: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Between which neighbours in a row [H,W-1] and in a column [H-1,W] depth jumps by more than this share of the
    nearer one's; nowhere if edge_cut is 0.
    """
    across, down = (_jump(depth, axis, edge_cut) for axis in (1, 0))
    return across, down


def _jump(depth: Map, axis: int, edge_cut: float) -> NDArray[np.bool_]:
    one = np.take(depth, range(depth.shape[axis] - 1), axis)
    other = np.take(depth, range(1, depth.shape[axis]), axis)
    if edge_cut <= 0:
        return np.zeros(one.shape, np.bool_)
    return np.abs(one - other) > edge_cut * np.minimum(one, other)
