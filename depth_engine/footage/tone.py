# SPDX-License-Identifier: Apache-2.0
"""From scene-linear light to display pixels, with one exposure for all frames of a footage.

Let L be the luminance (Rec. 709 weights) of the sampled pixels, with negative channels taken as 0 and pixels that are
not finite left out; white is the 99th percentile of L over the pixels that have light, and key the median of those
brighter than white/10000 (so that black frames and backgrounds have no say). Then

    gain  = max(1 / white, 0.12 / key)          highlights reach display white, midtones come near middle gray
    w     = max(1, gain * white)
    x     = gain * light
    y     = x * (1 + x / w^2) / (1 + x)         a soft shoulder that meets 1 at w; for w = 1 it changes nothing
    pixel = 255 * sRGB(min(y, 1))

NaN and negative light become black, infinite light white.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from depth_engine.footage.exr import Linear
from depth_engine.footage.frame import Rgb

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_SAMPLES = 200  # at most, along each side of a picture
_DARK = 1e-4


class ToneCurve:
    """Every half-float value has its pixel in a table, which is both quick and the same for every frame."""

    def __init__(self, samples: Iterable[Linear]) -> None:
        """samples: pictures [H,W,3] from all over the footage, one at a time."""
        light = np.concatenate([_luminance(picture) for picture in samples])
        self.gain, self.white = _exposure(light[light > 0])
        self._table = _display_table(self.gain, self.white)

    def __call__(self, picture: Linear) -> Rgb:
        with np.errstate(over="ignore"):  # what is too bright for a half float is white
            half = picture.astype(np.float16, copy=False)
        return np.take(self._table, half.view(np.uint16))


def _luminance(picture: Linear) -> NDArray[np.float32]:
    """Luminance of evenly spaced pixels that are finite."""
    rows, columns = (max(1, -(-side // _SAMPLES)) for side in picture.shape[:2])
    pixels = picture[::rows, ::columns].reshape(-1, 3).astype(np.float32)
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    return np.maximum(pixels, 0) @ _LUMINANCE


def _exposure(light: NDArray[np.float32]) -> tuple[float, float]:
    """The gain and w of positive luminances."""
    if not light.size:
        return 1.0, 1.0
    white = float(np.percentile(light, 99))
    key = float(np.median(light[light > white * _DARK]))
    gain = max(1 / white, 0.12 / key)
    return gain, max(1.0, gain * white)


def _display_table(gain: float, white: float) -> NDArray[np.uint8]:
    """The pixel of each half float, by its bits."""
    light = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    light = np.nan_to_num(light.astype(np.float64), nan=0.0, posinf=white / gain)
    x = gain * np.maximum(light, 0)
    y = np.minimum(x * (1 + x / white**2) / (1 + x), 1)
    srgb = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)
    return np.rint(255 * srgb).astype(np.uint8)
