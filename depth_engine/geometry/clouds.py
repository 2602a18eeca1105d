# SPDX-License-Identifier: Apache-2.0
"""A frame's depth as points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from depth_engine.geometry.camera import Map
from depth_engine.geometry.unproject import jumps


def cloud_pixels(depth: Map, kept: NDArray[np.bool_], edge_cut: float) -> NDArray[np.int64]:
    """The pixels [N] that become points, row by row from the top left: those `kept` [H,W] that have no jump beside."""
    across, down = jumps(depth, edge_cut)
    beside = np.zeros(depth.shape, np.bool_)
    for part, jump in ((beside[:, 1:], across), (beside[:, :-1], across), (beside[1:], down), (beside[:-1], down)):
        part |= jump
    return np.flatnonzero(kept & ~beside)
