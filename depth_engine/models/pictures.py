# SPDX-License-Identifier: Apache-2.0
"""Pictures on their way into a network."""

from __future__ import annotations

import cv2
import numpy as np

from depth_engine.footage.frame import Rgb


def resized(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    """The picture [H,W,3] at this width and height.

    Averaging areas keeps aliasing out of a smaller picture; enlarging, of tiny or anamorphic footage, has none to
    average.
    """
    if rgb.shape[1::-1] == size:
        return rgb
    smaller = size[0] <= rgb.shape[1] and size[1] <= rgb.shape[0]
    result = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    return result.astype(np.uint8, copy=False)
