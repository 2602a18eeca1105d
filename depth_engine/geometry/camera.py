# SPDX-License-Identifier: Apache-2.0
"""The camera that took the footage: a pinhole whose principal point is the picture's middle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera that looks through the middle of its picture. field_of_view: horizontal, in radians; aspect:
    height of the picture over its width, as it is shown (pixels need not be square).
    """

    field_of_view: float
    aspect: float

    def rays(self, width: int, height: int) -> tuple[Map, Map]:
        """Where at depth 1 the pixels' centres lie: x [W] to the right, y [H] up."""
        tangent = math.tan(self.field_of_view / 2)
        x = (2 * (np.arange(width) + 0.5) / width - 1) * tangent
        y = (1 - 2 * (np.arange(height) + 0.5) / height) * tangent * self.aspect
        return x.astype(np.float32), y.astype(np.float32)
