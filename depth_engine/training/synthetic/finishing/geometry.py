# SPDX-License-Identifier: Apache-2.0
"""Cameras in pixels, and optical flow computed from depth, cameras and the rigid motion of objects: exact."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from depth_engine.training.synthetic.clips import Camera
from depth_engine.training.synthetic.finishing.rendered import Frame, Shot

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
TOLERANCE = 0.02
"""Relative difference of depths from which a point counts as hidden in the next frame."""


def camera(shot: Shot, index: int, width: int, height: int) -> Camera:
    """The camera of a frame; the angle is that of the longer side."""
    focal = max(width, height) / 2 / math.tan(shot.angles[index] / 2)
    return Camera(focal, focal, width / 2, height / 2, shot.poses[index].tolist())


def rays(view: Camera, width: int, height: int) -> F64:
    """Directions [H,W,3] of the pixels' centres in the camera's axes, with z = 1."""
    x = (np.arange(width) + 0.5 - view.cx) / view.fx
    y = (np.arange(height) + 0.5 - view.cy) / view.fy
    across, down = np.meshgrid(x, y)
    return np.stack([across, down, np.ones_like(across)], -1).astype(np.float64)


def flow(shot: Shot, index: int, frame: Frame, after: Frame) -> tuple[F32, NDArray[np.bool_]]:
    """Where each pixel's point is in the next frame, in pixels relative to now [H,W,2], and where that is seen.

    Sky moves as infinitely far points do. Not valid: points behind the next camera, outside its picture, hidden.
    """
    height, width = frame.depth.shape
    now, later = (camera(shot, at, width, height) for at in (index, index + 1))
    direction = rays(now, width, height)
    sky = frame.sky
    reach = np.where(sky, 1.0, frame.depth)[..., None]
    homogeneous = np.concatenate([direction * reach, (~sky)[..., None].astype(float)], -1)
    world = homogeneous @ shot.poses[index].T
    for item in np.unique(frame.item[frame.item > 0]):
        carried = shot.objects[index + 1][item - 1] @ np.linalg.inv(shot.objects[index][item - 1])
        of_item = frame.item == item
        world[of_item] = world[of_item] @ carried.T
    seen = world @ np.linalg.inv(shot.poses[index + 1]).T
    depth = seen[..., 2]
    ahead = depth > 1e-6
    safe = np.where(ahead, depth, 1.0)
    u = seen[..., 0] / safe * later.fx + later.cx
    v = seen[..., 1] / safe * later.fy + later.cy
    column, row = np.floor(u), np.floor(v)
    inside = ahead & (column >= 0) & (column < width) & (row >= 0) & (row < height)
    there = after.depth[np.where(inside, row, 0).astype(int), np.where(inside, column, 0).astype(int)]
    hidden = np.where(sky, np.isfinite(there), depth > there * (1 + TOLERANCE))
    here = direction[..., :2] * (now.fx, now.fy) + (now.cx, now.cy)
    moved: F64 = np.stack([u, v], -1) - here
    return moved.astype(np.float32), inside & ~hidden
