# SPDX-License-Identifier: Apache-2.0
"""Disparity of models that predict depth up to a scale and a shift.

They give p from 0, the nearest, to 1, the farthest, with depth = a p + b. Disparity, 1 / depth, needs the ratio b : a,
which nobody knows: here the farthest is taken to be FAR_OVER_NEAR times as far as the nearest. So 1 / Y is an affine
function of what the network said, nothing of which is lost.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from depth_engine.models.base import Disparity

FAR_OVER_NEAR = 20.0
"""As in Blender's default range, 1 m to 20 m, in which depth is then what the network said, stretched."""


def to_disparity(depth: NDArray[np.float32]) -> Disparity:
    """Depth in 0..1, of any shape, as disparity from 1 / FAR_OVER_NEAR, far, to 1, near; values beyond are clamped."""
    return (1 / (1 + (FAR_OVER_NEAR - 1) * np.clip(depth, 0, 1))).astype(np.float32)
