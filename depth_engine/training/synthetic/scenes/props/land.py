# SPDX-License-Identifier: Apache-2.0
"""Land with hills: a height field whose height can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from .. import meshes
from ..stage import Stage, place

Heights = NDArray[np.float64]


@dataclass(frozen=True)
class Land:
    """Heights [N,N] over the square -half..half; the first axis is x."""

    heights: Heights
    half: float

    def at(self, x: float, y: float) -> float:
        """Height at a place; outside, that of the border."""
        n = len(self.heights)
        column, row = ((value + self.half) / (2 * self.half) * (n - 1) for value in (x, y))
        i, j = (min(n - 2, max(0, int(value))) for value in (column, row))
        u, v = min(1.0, max(0.0, column - i)), min(1.0, max(0.0, row - j))
        corners = self.heights[i : i + 2, j : j + 2]
        return float(np.array([1 - u, u]) @ corners @ np.array([1 - v, v]))


def land(
    stage: Stage,
    half: float,
    height: float,
    material: bpy.types.Material,
    shape: Callable[[Heights, Heights, Heights], Heights] | None = None,
    cells: int = 110,
) -> Land:
    """Add hills of about this height; `shape` changes heights given x and y, all [N,N]."""
    draw = stage.draw
    heights = meshes.fractal(cells, draw.uniform(1.7, 2.6), draw.count(0, 2**31 - 1)) * height
    if shape:
        axis = np.linspace(-half, half, cells)
        heights = shape(axis[:, None], axis[None, :], heights)
    stage.add(meshes.grid(heights, half), place((0, 0, 0)), material)
    return Land(heights, half)
