# SPDX-License-Identifier: Apache-2.0
"""What renders are not: cut, turned, blurred, noisy, compressed. One draw holds for all frames of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.footage.frame import Rgb
from depth_engine.training.synthetic.clips import F32

SMALLEST_CROP = 0.55
"""Share of the largest crop's sides."""

LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, slots=True)
class Crop:
    """Left, top, width and height in pixels; then the size that it is brought to, and whether it is mirrored."""

    left: int
    top: int
    width: int
    height: int
    size: tuple[int, int]
    mirrored: bool

    def picture(self, rgb: Rgb) -> Rgb:
        part = np.ascontiguousarray(rgb[self.top : self.top + self.height, self.left : self.left + self.width])
        smaller = self.size[0] <= self.width
        resized = cv2.resize(part, self.size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
        return cast(Rgb, np.ascontiguousarray(resized[:, ::-1] if self.mirrored else resized))

    def disparity(self, disparity: F32) -> F32:
        """Nearest values: between two surfaces there is nothing."""
        part = disparity[self.top : self.top + self.height, self.left : self.left + self.width]
        resized = cv2.resize(part, self.size, interpolation=cv2.INTER_NEAREST)
        return cast(F32, np.ascontiguousarray(resized[:, ::-1] if self.mirrored else resized))


def draw_crop(width: int, height: int, size: tuple[int, int], random: np.random.Generator) -> Crop:
    """A crop of the wanted aspect somewhere in the frame, at full size as often as every fourth time."""
    largest = min(width / size[0], height / size[1])
    scale = largest * (1.0 if random.random() < 0.25 else random.uniform(SMALLEST_CROP, 1.0))
    across, down = min(width, round(size[0] * scale)), min(height, round(size[1] * scale))
    left, top = int(random.integers(width - across + 1)), int(random.integers(height - down + 1))
    return Crop(left, top, across, down, size, mirrored=bool(random.random() < 0.5))


@dataclass(frozen=True, slots=True)
class Look:
    """A camera's and a file's faults. curve: 256 values for each of them. colours: a matrix on RGB. blur, noise: in
    pixels and in grey values; 0 for none. quality: of JPEG; 0 for none.
    """

    curve: NDArray[np.uint8]
    colours: NDArray[np.float32]
    blur: float
    noise: float
    quality: int

    def __call__(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        shown = cast(NDArray[np.uint8], cv2.LUT(cv2.transform(rgb, self.colours), self.curve))
        if self.blur:
            shown = cv2.GaussianBlur(shown, (0, 0), self.blur)
        if self.noise:
            grain = random.standard_normal(shown.shape, np.float32) * np.float32(self.noise)
            shown = np.clip(shown + grain, 0, 255).astype(np.uint8)
        if self.quality:
            encoded = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
            shown = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        return cast(Rgb, shown)


def draw_look(random: np.random.Generator) -> Look:
    """Contrast, brightness, gamma, saturation, white balance, sometimes grey; sometimes blur, noise, JPEG."""
    tones = (np.arange(256) / 255 - 0.45) * np.exp(random.normal(0.1, 0.25)) + 0.45 + random.normal(0, 0.06)
    curve: NDArray[np.float64] = 255 * np.clip(tones, 0, 1) ** np.exp(random.normal(0, 0.2))
    saturation = 0.0 if random.random() < 0.08 else np.exp(random.normal(0.05, 0.35))
    balance = np.diag(1 + random.normal(0, 0.06, 3))
    colours: NDArray[Any] = (saturation * np.eye(3) + (1 - saturation) * np.tile(LUMA, (3, 1))) @ balance
    return Look(
        np.round(curve).astype(np.uint8),
        colours.astype(np.float32),
        blur=random.uniform(0.4, 1.3) if random.random() < 0.25 else 0.0,
        noise=random.uniform(0, 10) if random.random() < 0.3 else 0.0,
        quality=int(random.integers(35, 95)) if random.random() < 0.4 else 0,
    )
