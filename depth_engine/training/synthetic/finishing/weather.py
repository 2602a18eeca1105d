# SPDX-License-Identifier: Apache-2.0
"""Haze and rain, laid over the picture: neither changes depth."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import cv2
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


@dataclass(frozen=True)
class Rain:
    """drops: streaks in a picture of 57,600 pixels. slant: sideways for one down. length in heights of the picture."""

    drops: int
    slant: float
    length: float
    brightness: float


def choose_rain(draw: random.Random) -> Rain:
    return Rain(draw.randint(60, 500), draw.gauss(0, 0.2), draw.uniform(0.03, 0.12), draw.uniform(0.08, 0.35))


def with_rain(rain: Rain, picture: F32, noise: np.random.Generator) -> F32:
    """Streaks over a picture in 0..1. Drops fall so fast that none is seen twice."""
    height, width = picture.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    for _ in range(round(rain.drops * height * width / 57_600)):
        x, y, nearness = (float(value) for value in noise.uniform((0, -0.1 * height, 0.2), (width, height, 1)))
        down = rain.length * height * nearness
        ends = ((round(x), round(y)), (round(x + down * rain.slant), round(y + down)))
        cv2.line(streaks, *ends, int(255 * nearness), 1, cv2.LINE_AA)
    cover = cv2.GaussianBlur(streaks, (3, 3), 0.6)[..., None].astype(np.float32) * np.float32(rain.brightness / 255)
    light = np.float32(min(1.0, float(picture.mean()) + 0.35))
    return (picture * (1 - cover) + light * cover).astype(np.float32)
