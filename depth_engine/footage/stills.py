# SPDX-License-Identifier: Apache-2.0
"""Read the pixels of one image file."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.footage.errors import bad_input
from depth_engine.footage.exr import read_exr
from depth_engine.footage.frame import Rgb
from depth_engine.footage.headers import Header

Still = NDArray[np.uint8 | np.uint16 | np.float16 | np.float32]

# 16-bit values stand for 0 to 1 as 8-bit ones do: 65535 is 255.
_TO_8_BIT = ((np.arange(1 << 16, dtype=np.uint32) + 128) // 257).astype(np.uint8)


def read_still(path: Path, header: Header) -> Still:
    """[H,W,3] RGB, upright: uint8 and uint16 are display pixels, floats are scene-linear light.

    Gray and palettes become RGB. Alpha is dropped: colours stay as they are in the file, straight or premultiplied.
    Raises DepthError BAD_INPUT, naming the file.
    """
    if header.codec == "exr":
        return read_exr(path)
    try:
        data = np.fromfile(path, np.uint8)  # the decoder cannot open every name on Windows
    except OSError as error:
        raise bad_input(f"{path} cannot be read: {error.strerror}.", "Check the file and its permissions.") from None
    # These flags keep the depth, turn the picture upright, and drop alpha without multiplying by it.
    pixels = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if data.size else None
    if pixels is None:
        raise bad_input(f"{path} is damaged or incomplete.", "Render or copy this frame again.")
    return cast(Still, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))


def display_pixels(still: NDArray[np.uint8 | np.uint16]) -> Rgb:
    """[H,W,3] uint8."""
    return _TO_8_BIT[still] if still.dtype == np.uint16 else cast(Rgb, still)
