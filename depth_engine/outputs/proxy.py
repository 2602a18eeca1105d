# SPDX-License-Identifier: Apache-2.0
"""The proxy: depth and colour at grid size, which Geometry Nodes plays."""

from __future__ import annotations

from pathlib import Path

import cv2

from depth_engine.footage.frame import Frame
from depth_engine.inference.sizes import proxy_size
from depth_engine.models.base import Disparity
from depth_engine.outputs.exr import Metadata, write_exr
from depth_engine.outputs.files import write_bytes
from depth_engine.outputs.pictures import resized, sampled

JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]

PNG = [cv2.IMWRITE_PNG_COMPRESSION, 3]


def write_proxy(depth_path: Path, color_path: Path, disparity: Disparity, frame: Frame, metadata: Metadata) -> None:
    """Write Y [H,W] and the frame at the proxy's size for such a Y; color_path's suffix is that of its format.

    The colours of a PNG come with the frame's alpha, if it has some.
    """
    size = proxy_size((disparity.shape[1], disparity.shape[0]))
    write_exr(depth_path, sampled(disparity, size), metadata)
    pixels = cv2.cvtColor(resized(frame.rgb, size), cv2.COLOR_RGB2BGR)
    if color_path.suffix == ".png" and frame.alpha is not None:
        pixels = cv2.merge([pixels, resized(frame.alpha, size)])
    _, data = cv2.imencode(color_path.suffix, pixels, JPEG if color_path.suffix == ".jpg" else PNG)
    write_bytes(color_path, data.data)
