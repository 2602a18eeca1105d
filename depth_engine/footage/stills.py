# SPDX-License-Identifier: Apache-2.0
"""Read the pixels of one image file."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from depth_engine.footage.errors import bad_input
from depth_engine.footage.exr import read_exr, read_exr_alpha
from depth_engine.footage.frame import Alpha, Rgb
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
    # These flags keep the depth, turn the picture upright, and drop alpha without multiplying by it.
    pixels = _decode(path, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    return cast(Still, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))


def read_alpha(path: Path, header: Header) -> Alpha | None:
    """Alpha [H,W], upright, 255 opaque; None if the picture has none. Raises DepthError BAD_INPUT, naming the file."""
    if not header.alpha:
        return None
    if header.codec == "exr":
        linear = read_exr_alpha(path)
        return None if linear is None else _display_alpha(linear)
    pixels = _decode(path, cv2.IMREAD_UNCHANGED)
    if pixels.ndim != 3 or pixels.shape[2] not in (2, 4):
        return None  # the decoder shows no alpha, though the header tells of some
    alpha = _display_alpha(pixels[:, :, -1])
    # Of PNG the flag leaves the orientation to us, of TIFF it does not.
    return _turn(alpha, header.orientation) if header.codec == "png" else alpha


def _display_alpha(alpha: Still) -> Alpha:
    if alpha.dtype.kind == "f":
        return (np.clip(alpha.astype(np.float32), 0, 1) * 255 + 0.5).astype(np.uint8)
    return display_pixels(cast("NDArray[np.uint8 | np.uint16]", np.ascontiguousarray(alpha)))


def _decode(path: Path, flags: int) -> Still:
    try:
        data = np.fromfile(path, np.uint8)  # the decoder cannot open every name on Windows
    except OSError as error:
        raise bad_input(f"{path} cannot be read: {error.strerror}.", "Check the file and its permissions.") from None
    pixels = cv2.imdecode(data, flags) if data.size else None
    if pixels is None:
        raise bad_input(f"{path} is damaged or incomplete.", "Render or copy this frame again.")
    return cast(Still, pixels)


def _turn(alpha: Alpha, orientation: int) -> Alpha:
    """Upright, from an orientation as EXIF counts: those above 4 are transposed, then each is flipped."""
    turned = alpha.T if orientation > 4 else alpha
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(turned[::rows, ::columns])


def display_pixels(still: NDArray[np.uint8 | np.uint16]) -> Rgb:
    """[H,W,3] uint8."""
    return _TO_8_BIT[still] if still.dtype == np.uint16 else cast(Rgb, still)
