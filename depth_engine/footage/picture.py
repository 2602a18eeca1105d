# SPDX-License-Identifier: Apache-2.0
"""From a decoded movie frame to an upright RGB picture."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideData, Type
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from depth_engine.footage.frame import Alpha, Rgb

_MATRICES = {1, 4, 5, 6, 7, 9}  # those that FFmpeg's numbers name and swscale knows
_BT709, _BT601, _BT2020, _BT2020_CONSTANT = 1, 5, 9, 10
# Planes are several times faster than interleaved pixels, and full chroma is exact for all but 8-bit 4:2:0 and 4:2:2.
# Without accurate rounding, swscale leaves the last columns of many widths (1080, 854, 360) unwritten.
_FLAGS = Interpolation.BILINEAR | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND


@dataclass(frozen=True, slots=True)
class Orientation:
    """How stored pixels become upright: transpose first, then flip."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def rotation(self) -> int:
        """Clockwise degrees; 180 for a plain mirroring, so that 0 means that pixels are shown as stored."""
        if self.transpose:
            return 90 if self.flip_x or not self.flip_y else 270
        return 180 if self.flip_x or self.flip_y else 0

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pixels [H,W] or [H,W,C], upright."""
        upright = cv2.transpose(pixels) if self.transpose else pixels
        if self.flip_x or self.flip_y:
            upright = cv2.flip(upright, -1 if self.flip_x and self.flip_y else int(self.flip_x))
        return cast(Rgb, upright)


def orientation(frame: av.VideoFrame) -> Orientation:
    """The nearest of the eight orientations to the file's display matrix."""
    sides = cast("Iterable[SideData]", frame.side_data)
    data = next((side for side in sides if side.type == Type.DISPLAYMATRIX), None)
    if data is None:
        return Orientation()
    # Rows of three: a point (x, y) is shown at (a x + c y, b x + d y), with y down.
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(flip_x=a < 0, flip_y=d < 0)
    return Orientation(transpose=True, flip_x=c < 0, flip_y=b < 0)


def has_alpha(frame: av.VideoFrame) -> bool:
    return any(component.is_alpha for component in frame.format.components)


class ToRgb:
    """Converts the frames of one movie; swscale's tables are kept from frame to frame."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def __call__(self, frame: av.VideoFrame) -> tuple[Rgb, Alpha | None]:
        """[H,W,3] uint8 as stored, not turned, colours as they are in the file; and alpha [H,W] where there is some."""
        planes = "gbrap" if has_alpha(frame) else "gbrp"
        planar = self._scaler.reformat(frame, format=planes, src_colorspace=_matrix(frame), interpolation=_FLAGS)
        green, blue, red, *alpha = (
            np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
            for plane in planar.planes
        )
        return cast(Rgb, cv2.merge([red, green, blue])), alpha[0].copy() if alpha else None


def _matrix(frame: av.VideoFrame) -> int:
    """The matrix from YUV to RGB; where the file does not say, HD is BT.709 and smaller pictures BT.601."""
    if frame.colorspace == _BT2020_CONSTANT:
        return _BT2020
    if frame.colorspace in _MATRICES:
        return frame.colorspace
    return _BT709 if frame.height >= 720 or frame.width >= 1280 else _BT601
