# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist chooses before a relief or a point cloud is made; most of it stays live afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Projection = Literal["PERSPECTIVE", "FLAT"]
RangeMode = Literal["SHOT", "CLIP"]


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """Lengths in Blender units, angles in radians.

    field_of_view: horizontal, of the matched camera. near, far: the distances at which the range's nearest and
    farthest disparity stand (metric depth is only cropped to them). range_mode: each shot its own range of disparity
    or one for the whole clip. edge_cut: depth jump between neighbours, as a share of the nearer one's depth, above
    which the surface opens; 0 keeps it whole. stride: every n-th pixel of the grid. point_size: 1 makes neighbours
    touch. background: the footage behind the matched camera's view.
    """

    field_of_view: float = math.radians(55.0)
    near: float = 1.0
    far: float = 20.0
    projection: Projection = "PERSPECTIVE"
    range_mode: RangeMode = "SHOT"
    invert: bool = False
    edge_cut: float = 0.0
    stride: int = 1
    point_size: float = 1.0
    background: bool = False
