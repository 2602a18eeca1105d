# SPDX-License-Identifier: Apache-2.0
"""What happens to footage on its way: a smaller size and back, letter boxes, compression."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.contract import DepthError, ExitCode

F32 = NDArray[np.float32]
QUALITY = 92


@dataclass(frozen=True)
class Delivery:
    """quality: JPEG's. shrink: factor of a detour through a smaller size, 1 for none. bar: rows of each black bar."""

    quality: int
    shrink: float
    bar: int


def choose(draw: random.Random, height: int) -> Delivery:
    """Most footage is good; some is compressed, soft or letter-boxed."""
    return Delivery(
        quality=round(math.exp(draw.uniform(math.log(18), math.log(70)))) if draw.random() < 0.25 else QUALITY,
        shrink=draw.uniform(0.4, 0.8) if draw.random() < 0.12 else 1.0,
        bar=round(height * draw.uniform(0.05, 0.14)) if draw.random() < 0.04 else 0,
    )


def deliver(how: Delivery, picture: F32) -> bytes:
    """A JPEG of a picture [H,W,3] in 0..1."""
    pixels = np.rint(picture * 255).astype(np.uint8)[..., ::-1]
    height, width = pixels.shape[:2]
    if how.shrink < 1:
        small = cv2.resize(pixels, None, fx=how.shrink, fy=how.shrink, interpolation=cv2.INTER_AREA)
        pixels = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if how.bar:
        pixels = pixels.copy()
        pixels[: how.bar] = pixels[-how.bar :] = 0
    whole, encoded = cv2.imencode(".jpg", np.ascontiguousarray(pixels), [cv2.IMWRITE_JPEG_QUALITY, how.quality])
    if not whole:
        raise DepthError(ExitCode.INTERNAL, "A picture could not be encoded as JPEG.")
    return encoded.tobytes()
