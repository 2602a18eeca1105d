# SPDX-License-Identifier: Apache-2.0
"""Disparity as 16-bit grey PNG: 0 is the shot's minimum, 65535 its maximum, so nothing is cut off."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from depth_engine.models.base import Disparity
from depth_engine.outputs.files import write_bytes
from depth_engine.outputs.ranges import normalized


def write_png16(path: Path, disparity: Disparity, low: float, high: float) -> None:
    """Write Y [H,W] with low..high as 0..65535."""
    grey = np.rint(normalized(disparity, low, high) * 65535).astype(np.uint16)
    _, data = cv2.imencode(".png", grey)
    write_bytes(path, data.data)
