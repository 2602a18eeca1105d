# SPDX-License-Identifier: Apache-2.0
"""How steady disparity is over time: without truth where the camera stands still, and along known motion.

None of these fits single frames: a flicker of the whole picture must count.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from depth_engine.evaluation.metrics import Mask, Values, fit

STATIC_GREY = 4.0
"""Standard deviation of a pixel's grey value (of 255) over time below which nothing moves there."""

STATIC_FRAMES = 24
"""Frames over which a pixel has to stand still."""

Flow = NDArray[np.floating]


def spread(disparity: Values) -> float:
    """The 5 to 95 % range, which temporal errors are told in."""
    low, high = np.percentile(disparity, (5, 95))
    return max(float(high - low), float(np.finfo(np.float32).tiny))


def flicker(disparity: Values, grey: Values) -> float:
    """Mean over static pixels of disparity's standard deviation over time, as a share of its range.

    disparity, grey: [T,H,W] of the first frames of a clip, grey in 0..255. Raises ValueError where nothing stands still
    or there are fewer than STATIC_FRAMES frames.
    """
    if len(disparity) < STATIC_FRAMES:
        raise ValueError(f"flicker is measured over {STATIC_FRAMES} frames, not {len(disparity)}")
    disparity, grey = disparity[:STATIC_FRAMES], grey[:STATIC_FRAMES]
    static = grey.std(axis=0) < STATIC_GREY
    if not static.any():
        raise ValueError("nothing stands still")
    return float(disparity.std(axis=0)[static].mean()) / spread(disparity)


def sampled(values: Values, x: Values, y: Values) -> tuple[Values, Mask]:
    """Bilinear values of a picture [H,W] at places in pixels (0,0: the centre of the first), and which lie inside."""
    height, width = values.shape
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    left, top = np.minimum(x.astype(np.intp), width - 2), np.minimum(y.astype(np.intp), height - 2)
    across, down = x - left, y - top
    upper = values[top, left] * (1 - across) + values[top, left + 1] * across
    lower = values[top + 1, left] * (1 - across) + values[top + 1, left + 1] * across
    return upper * (1 - down) + lower * down, inside


def _moved(flow: Flow) -> tuple[Values, Values]:
    rows, columns = np.mgrid[: flow.shape[0], : flow.shape[1]]
    return columns + flow[..., 0], rows + flow[..., 1]


def still_seen(flow: Flow, nearness: Values, next_nearness: Values, tolerance: float = 0.1) -> Mask:
    """Which pixels [H,W] the next frame still shows: what lies where flow [H,W,2] leads is about as near.

    nearness, next_nearness: true disparity of both frames; the tolerance is relative. For moderate motion towards or
    away from the camera; what comes much nearer counts as hidden.
    """
    there, inside = sampled(next_nearness, *_moved(flow))
    largest = np.maximum(np.maximum(nearness, there), np.finfo(np.float32).tiny)
    return inside & (np.abs(there - nearness) <= tolerance * largest)


def consistent(forward: Flow, backward: Flow, tolerance: float = 1.0) -> Mask:
    """Which pixels [H,W] the next frame still shows, without truth: flow there [H,W,2] and back ends within so many
    pixels of where it began.
    """
    x, y = _moved(forward)
    back_x, inside = sampled(backward[..., 0], x, y)
    back_y, _ = sampled(backward[..., 1], x, y)
    return inside & (np.hypot(forward[..., 0] + back_x, forward[..., 1] + back_y) <= tolerance)


def warped_residual(disparity: Values, flows: Flow, seen: Mask) -> float:
    """Mean change of disparity along the flow, as a share of its range: `flicker` for a camera that moves.

    disparity: [T,H,W]; flows: [T-1,H,W,2] in pixels to the next frame; seen: [T-1,H,W], see `still_seen`. Disparity
    truly changes where something comes nearer; only compare models on the same clip with it.
    Raises ValueError where nothing is seen twice.
    """
    changes: list[Values] = []
    for now, later, flow, mask in zip(disparity, disparity[1:], flows, seen):
        there, inside = sampled(later, *_moved(flow))
        changes.append(np.abs(there - now)[mask & inside])
    joined = np.concatenate(changes)
    if not joined.size:
        raise ValueError("no pixel is seen in two frames")
    return float(joined.mean()) / spread(disparity)


def alignment_error(
    predicted: Values, truth: Values, intrinsics: Values, camera_to_world: Values, farthest: float | None = None
) -> float:
    """Temporal alignment error, TAE (Yang et al. 2024, Depth Any Video): each frame's depth, moved to its neighbour by
    the true camera, against the neighbour's own, relative, both ways, in percent.

    predicted, truth: disparity [T,H,W], the truth 0 where there is none; one scale and shift for the whole clip.
    intrinsics: [T,4] fx fy cx cy in pixels, 0,0 being the corner of the first pixel. camera_to_world: [T,4,4], OpenCV
    axes. What moves by itself counts as an error, as published. Raises ValueError where no two frames overlap.
    """
    counts = truth > (0.0 if farthest is None else 1 / farthest)
    scale, shift = fit(predicted[counts], truth[counts])
    least = float(truth[counts].min()) if farthest is None else 1 / farthest
    depth = 1 / np.maximum(scale * predicted.astype(np.float64) + shift, least)
    errors: list[float] = []
    for first, second in ((i, i + 1) for i in range(len(depth) - 1)):
        for source, target in ((first, second), (second, first)):
            moved = _reprojected(depth, counts, source, target, intrinsics, camera_to_world)
            both = (moved > 0) & counts[target]
            if both.any():
                errors.append(float((np.abs(depth[target] - moved) / depth[target])[both].mean()))
    if not errors:
        raise ValueError("no two frames overlap")
    return 100 * float(np.mean(errors))


def _reprojected(
    depth: Values, counts: Mask, source: int, target: int, intrinsics: Values, camera_to_world: Values
) -> Values:
    """The source frame's depth as the target's camera sees it, 0 where nothing lands; the nearest point wins."""
    height, width = depth.shape[1:]
    rows, columns = np.nonzero(counts[source])
    fx, fy, cx, cy = intrinsics[source]
    z = depth[source][rows, columns]
    points = np.stack([(columns + 0.5 - cx) / fx * z, (rows + 0.5 - cy) / fy * z, z, np.ones_like(z)])
    motion = cast("NDArray[np.float64]", np.linalg.inv(camera_to_world[target]) @ camera_to_world[source])
    seen = motion @ points
    fx, fy, cx, cy = intrinsics[target]
    x, y, z = seen[:3, seen[2] > 0]
    column, row = np.floor(fx * x / z + cx).astype(np.intp), np.floor(fy * y / z + cy).astype(np.intp)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    moved = np.full((height, width), np.inf)
    np.minimum.at(moved, (row[inside], column[inside]), z[inside])
    return np.where(np.isfinite(moved), moved, 0.0)
