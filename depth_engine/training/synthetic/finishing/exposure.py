# SPDX-License-Identifier: Apache-2.0
"""From linear colour to what a camera's file shows: exposure, tone curve, white balance, grain."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Development:
    """How all frames of a clip are developed."""

    gain: float
    shoulder: float
    contrast: float
    balance: tuple[float, float, float]
    saturation: float
    grain: float
    vignette: float


def choose(draw: random.Random, colour: F32, dark: bool) -> Development:
    """Exposure is metered on a frame, with an error, and keeps its highlights; night stays dark."""
    luminance = colour.mean(-1)
    metered = math.exp(float(np.log(luminance + 1e-4).mean()))
    low, high = (0.02, 0.1) if dark else (0.13, 0.42)
    gain = math.exp(draw.uniform(math.log(low), math.log(high))) / metered
    white = draw.uniform(0.8, 2.5)
    if not dark:  # keep highlights, but do not give the picture up for a lamp or the sun in it
        gain = max(0.3 * gain, min(gain, white / max(float(np.quantile(luminance, 0.97)), 1e-4)))
    return Development(
        gain=gain,
        shoulder=draw.uniform(1.5, 6) if draw.random() < 0.6 else math.inf,
        contrast=draw.gauss(1.25, 0.2),
        balance=(draw.uniform(0.92, 1.08), draw.uniform(0.96, 1.04), draw.uniform(0.92, 1.08)),
        saturation=0.0 if draw.random() < 0.03 else draw.uniform(0.8, 1.5),
        grain=math.exp(draw.uniform(math.log(0.002), math.log(0.03)))
        if draw.random() < (0.9 if dark else 0.5)
        else 0.0,
        vignette=draw.uniform(0, 0.5) if draw.random() < 0.4 else 0.0,
    )


def develop(how: Development, colour: F32) -> F32:
    """Linear [H,W,3] to sRGB values in 0..1."""
    exposed = colour * np.float32(how.gain) * np.array(how.balance, np.float32)
    if math.isfinite(how.shoulder):  # Reinhard's curve with a white point
        exposed = exposed * (1 + exposed / how.shoulder**2) / (1 + exposed)
    if how.vignette:
        height, width = exposed.shape[:2]
        y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
        exposed = exposed * (1 - how.vignette * (x**2 + y**2) / 2)[..., None]
    grey = exposed.mean(-1, keepdims=True)
    shown = _srgb(np.clip(grey + (exposed - grey) * how.saturation, 0, 1).astype(np.float32))
    shown = (shown - 0.45) * how.contrast + 0.45
    return np.clip(shown, 0, 1).astype(np.float32)


def with_grain(how: Development, picture: F32, noise: np.random.Generator) -> F32:
    """A sensor's noise, over everything else."""
    if not how.grain:
        return picture
    return np.clip(picture + noise.normal(0, how.grain, picture.shape), 0, 1).astype(np.float32)


def _srgb(linear: F32) -> F32:
    curved: F32 = 1.055 * np.maximum(linear, 1e-8) ** np.float32(1 / 2.4) - 0.055
    return np.where(linear < 0.0031308, 12.92 * linear, curved).astype(np.float32)
