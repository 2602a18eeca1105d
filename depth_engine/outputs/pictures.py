# SPDX-License-Identifier: Apache-2.0
"""Disparity and footage at the sizes that are written."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from depth_engine.footage.frame import Rgb
from depth_engine.inference.sizes import Size
from depth_engine.inference.upsample import upsample
from depth_engine.models.base import Disparity


def restored(disparity: Disparity, rgb: Rgb, size: Size) -> Disparity:
    """Disparity [h,w] at `size`, with its edges where the frame has them."""
    return upsample(disparity, resized(rgb, size))


def sampled(disparity: Disparity, size: Size) -> Disparity:
    """The value at each new pixel's centre: nothing is blended, so no depth appears that lies between two surfaces."""
    width, height = size
    rows = ((np.arange(height) + 0.5) * (disparity.shape[0] / height)).astype(np.int64)
    columns = ((np.arange(width) + 0.5) * (disparity.shape[1] / width)).astype(np.int64)
    return disparity[rows[:, None], columns]


def resized(rgb: Rgb, size: Size) -> Rgb:
    """A picture [H,W,3], or one channel [H,W], at `size`: area-averaged where it becomes smaller."""
    if (rgb.shape[1], rgb.shape[0]) == size:
        return rgb
    smaller = size[0] <= rgb.shape[1] and size[1] <= rgb.shape[0]
    return cast(Rgb, cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC))
