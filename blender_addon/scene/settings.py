# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist chooses before a relief or a point cloud is made; most of it stays live afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Projection = Literal["PERSPECTIVE", "FLAT"]
RangeMode = Literal["SHOT", "CLIP"]
SizeMode = Literal["SCREEN", "WORLD"]


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """Lengths in Blender units, angles in radians.

    field_of_view: horizontal, of the matched camera. near, far: the distances at which the range's nearest and
    farthest disparity stand (metric depth is only cropped to them). range_mode: each shot its own range of disparity
    or one for the whole clip. time_smoothing: how many files before and after are averaged with the shown one, 0 to 2.

    What is removed; 0 removes nothing: edge_cut: where depth jumps between neighbours by more than this share of the
    nearer one's. grazing_cut: what the camera sees at less than this angle. cut_softness: how close to their limits
    cuts begin to fade, 0 to 1. sky_cut: the far end of the range, 0 to 1. crop_near, crop_far: what is nearer, farther.

    hold_out: only hide what is behind. stride: every n-th pixel of the grid. vertex_colors: of the relief, for exports.
    density: share of the points that is kept. size_mode: whether point_size (1 makes neighbours touch) or point_radius
    counts. background: the footage behind the matched camera's view.
    """

    field_of_view: float = math.radians(55.0)
    near: float = 1.0
    far: float = 20.0
    projection: Projection = "PERSPECTIVE"
    range_mode: RangeMode = "SHOT"
    invert: bool = False
    time_smoothing: float = 0.0
    edge_cut: float = 0.0
    grazing_cut: float = 0.0
    cut_softness: float = 0.0
    sky_cut: float = 0.0
    crop_near: float = 0.0
    crop_far: float = 0.0
    hold_out: bool = False
    stride: int = 1
    vertex_colors: bool = False
    density: float = 1.0
    size_mode: SizeMode = "SCREEN"
    point_size: float = 1.0
    point_radius: float = 0.01
    background: bool = False
