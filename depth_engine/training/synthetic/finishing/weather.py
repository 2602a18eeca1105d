# SPDX-License-Identifier: Apache-2.0
"""Haze and rain, laid over the picture: neither changes depth."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Haze:
    """Exponential haze: after `distance` metres two thirds of the light come from it."""

    distance: float
    colour: F32


def choose_haze(draw: random.Random, limits: tuple[float, float], colour: F32, sky: NDArray[np.bool_]) -> Haze:
    """As bright as the sky, or where none is seen a grey of the picture's own brightness."""
    distance = math.exp(draw.uniform(math.log(limits[0]), math.log(limits[1])))
    grey = np.array([0.85, 0.92, 1.0], np.float32) * colour.mean() * 1.4
    tint = colour[sky].mean(0) if sky.sum() > 50 else grey
    return Haze(distance, (tint * draw.uniform(0.7, 1.1)).astype(np.float32))


def with_haze(haze: Haze, colour: F32, depth: F32) -> F32:
    """The sky keeps its own colour."""
    kept = np.where(np.isinf(depth), 1.0, np.exp(-depth / haze.distance))[..., None].astype(np.float32)
    return (colour * kept + haze.colour * (1 - kept)).astype(np.float32)
