# SPDX-License-Identifier: Apache-2.0
"""Random draws of a scene, all from its one seed."""

from __future__ import annotations

import colorsys
import math
import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
Color = tuple[float, float, float]
"""Linear red, green and blue, 0..1."""


class Draw:
    """A seeded source of chance with the few distributions that scenes need."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311  pictures, not secrets

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def log(self, low: float, high: float) -> float:
        """Uniform in the logarithm: each doubling is as likely as the next."""
        return math.exp(self._random.uniform(math.log(low), math.log(high)))

    def normal(self, deviation: float) -> float:
        return self._random.gauss(0.0, deviation)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def count(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def sign(self) -> float:
        return 1.0 if self.chance(0.5) else -1.0

    def turn(self) -> float:
        """Any direction, in radians."""
        return self._random.uniform(0, 2 * math.pi)

    def around(self, near: float, far: float) -> tuple[float, float]:
        """A place in any direction from the middle, as far from it as the range says."""
        turn, distance = self.turn(), self.uniform(near, far)
        return math.cos(turn) * distance, math.sin(turn) * distance

    def pick(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def weighted(self, options: Mapping[T, float]) -> T:
        return self._random.choices(list(options), list(options.values()))[0]

    def hsv(self, hue: tuple[float, float], saturation: tuple[float, float], value: tuple[float, float]) -> Color:
        """A colour with hue, saturation and value from ranges; hues wrap."""
        return colorsys.hsv_to_rgb(self.uniform(*hue) % 1, self.uniform(*saturation), self.uniform(*value))

    def color(self) -> Color:
        """Any surface's colour: rarely saturated, a fifth of them grey."""
        if self.chance(0.2):
            grey = self.uniform(0.02, 0.9)
            return (grey, grey, grey)
        saturation = self._random.random() ** 1.5 * 0.9
        return self.hsv((0, 1), (saturation, saturation), (0.05, 0.9))


def shaded(color: Color, factor: float) -> Color:
    """A colour made darker or lighter."""
    red, green, blue = (min(1.0, channel * factor) for channel in color)
    return (red, green, blue)
