# SPDX-License-Identifier: Apache-2.0
"""A frame's depth as a surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depth_engine.geometry.camera import Map
from depth_engine.geometry.unproject import Places, jumps


@dataclass(frozen=True, slots=True)
class Surface:
    """places [N,3] in camera space; pixels [N], each vertex' place in the picture row by row from the top left; faces
    [F,3], counter-clockwise as the camera sees them.
    """

    places: Places
    pixels: NDArray[np.int64]
    faces: NDArray[np.int64]


def surface(places: Places, depth: Map, kept: NDArray[np.bool_], edge_cut: float) -> Surface:
    """Two triangles for every four neighbouring pixels that are all `kept` [H,W] and have no jump between them.

    Vertices without a face are left out.
    """
    width = depth.shape[1]
    across, down = jumps(depth, edge_cut)
    whole = kept[:-1, :-1] & kept[1:, :-1] & kept[:-1, 1:] & kept[1:, 1:]
    whole &= ~(across[:-1] | across[1:] | down[:, :-1] | down[:, 1:])
    upper_left = np.flatnonzero(np.pad(whole, ((0, 1), (0, 1))))
    corners = upper_left[:, None] + np.array([0, width, width + 1, 1])
    triangles = corners[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    pixels, faces = np.unique(triangles, return_inverse=True)
    return Surface(places.reshape(-1, 3)[pixels], pixels, faces.reshape(-1, 3))
