# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (OpenEXR comes without types.)
"""The channel Z, depth along the camera's axis, beside the raw disparity Y of an EXR, for other programs.

Sky has no depth: it gets the value that Blender's own Z pass gives to nothing, 1e10, or the largest of half floats; it
lies behind everything in a depth merge, and is finite, so filters do not make "not a number" of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from depth_engine.outputs.exr import Metadata, write_channels

Pixels = NDArray[np.float16] | NDArray[np.float32]

SKY = {np.dtype(np.float32): 1e10, np.dtype(np.float16): float(np.finfo(np.float16).max)}
_SCALE, _SHIFT, _SKY = "calibrationScale", "calibrationShift", "calibrationSky"
_OWN = (_SCALE, _SHIFT, _SKY)


def depth_of(disparity: Pixels, scale: float, shift: float) -> Pixels:
    """1 / (scale * Y + shift) in the type of Y [H,W]; what is not above 0, and what is farther still, is sky."""
    sky = SKY[disparity.dtype]
    inverse = scale * disparity.astype(np.float64) + shift
    depth = np.divide(1.0, inverse, out=np.full(inverse.shape, sky), where=inverse > 1 / sky)
    return cast(Pixels, depth.astype(disparity.dtype))


def set_z(path: Path, calibration: tuple[float, float] | None) -> None:
    """Give an EXR the Z of this scale and shift, or take Z away; all else in it stays bit for bit.

    A file that is so already is left untouched. Raises OSError, or RuntimeError where it is damaged.
    """
    with OpenEXR.File(str(path), header_only=True) as file:
        if _calibration(file.header()) == calibration:
            return
    with OpenEXR.File(str(path)) as file:
        kept = {name: value for name, value in file.header().items() if name != "channels" and name not in _OWN}
        channels = {name: cast(Pixels, channel.pixels) for name, channel in file.channels().items() if name != "Z"}
        metadata = cast(Metadata, kept)
        if calibration:
            scale, shift = calibration
            channels["Z"] = depth_of(channels["Y"], scale, shift)
            metadata = {**metadata, _SCALE: repr(scale), _SHIFT: repr(shift), _SKY: SKY[channels["Y"].dtype]}
        write_channels(path, channels, metadata)


def _calibration(header: dict[str, object]) -> tuple[float, float] | None:
    """What the file's Z was made with; as text, for attributes hold single precision only."""
    if _SCALE not in header:
        return None
    return float(str(header[_SCALE])), float(str(header[_SHIFT]))
