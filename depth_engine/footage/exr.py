# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownParameterType=false
# pyright: reportUnknownArgumentType=false
# (OpenEXR comes without types.)
"""Read the beauty picture of an EXR file, whatever its parts and layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from depth_engine.footage.errors import bad_input

_BEAUTY = {"beauty", "combined", "rgb", "rgba", "color", "colour"}
_DEEP = (OpenEXR.Storage.deepscanline, OpenEXR.Storage.deeptile)

Linear = NDArray[np.float16 | np.float32]


@dataclass(frozen=True, slots=True)
class _Layer:
    """Channels that make a picture: red, green and blue, or luminance alone."""

    part: int
    label: tuple[str, ...]
    channels: tuple[str, ...]
    transparency: str | None

    @property
    def alpha(self) -> bool:
        return self.transparency is not None

    @property
    def rank(self) -> tuple[bool, bool]:
        """The best layer is lowest: colour before luminance, then a name that says beauty (or no name at all)."""
        return len(self.channels) == 1, bool(self.label) and not _BEAUTY.intersection(self.label)


@dataclass(frozen=True, slots=True)
class ExrHeader:
    """width, height: of the display window, which is what the frame shows."""

    width: int
    height: int
    alpha: bool
    pixel_aspect: Fraction


def read_exr_header(path: Path) -> ExrHeader:
    """Raises DepthError BAD_INPUT, naming the file, if it is damaged or holds no picture."""
    parts = _open(path, header_only=True).parts
    layer = _beauty(path, parts)
    header = parts[layer.part].header
    (left, top), (right, bottom) = header["displayWindow"]
    aspect = Fraction(float(header["pixelAspectRatio"])).limit_denominator(1000)
    return ExrHeader(int(right - left) + 1, int(bottom - top) + 1, layer.alpha, aspect)


def read_exr(path: Path) -> Linear:
    """The beauty picture [H,W,3], scene-linear as stored, of the display window; what it does not cover is black.

    Colour comes before luminance, a layer whose name says beauty before others, and the first of those. Alpha is
    dropped. Raises DepthError BAD_INPUT, naming the file.
    """
    layer, part = _decode(path)
    planes = [part.channels[name].pixels for name in layer.channels]
    return _in_display_window(np.stack(planes * (3 // len(planes)), axis=-1), part.header)


def read_exr_alpha(path: Path) -> Linear | None:
    """The beauty picture's alpha [H,W] of the display window, 1 opaque; None if it has none.

    What the data window does not cover is clear. Raises DepthError BAD_INPUT, naming the file.
    """
    layer, part = _decode(path)
    if layer.transparency is None:
        return None
    return _in_display_window(part.channels[layer.transparency].pixels[:, :, None], part.header)[:, :, 0]


def _decode(path: Path) -> tuple[_Layer, Any]:
    """The layer that holds the picture, and its part."""
    layer = _beauty(path, _open(path, header_only=True).parts)
    parts = [part for part in _open(path).parts if part.part_index == layer.part]
    if not parts:  # the library drops a part that it cannot decode
        raise _damaged(path)
    return layer, parts[0]


def _open(path: Path, header_only: bool = False) -> OpenEXR.File:
    try:
        return OpenEXR.File(str(path), separate_channels=True, header_only=header_only)
    except (RuntimeError, ValueError, OSError):
        raise _damaged(path) from None


def _damaged(path: Path) -> Exception:
    return bad_input(f"{path} is damaged or incomplete.", "Render or copy this frame again.")


def _beauty(path: Path, parts: list[Any]) -> _Layer:
    found = [layer for part in parts for layer in _layers(part, len(parts) > 1)]
    if not found:
        names = sorted({channel.name for part in parts for channel in part.header["channels"]})
        raise bad_input(
            f"{path} holds no picture: its channels are {', '.join(names[:8])}.",
            "Choose images with the channels R, G and B, or Y.",
        )
    return min(found, key=lambda layer: layer.rank)


def _layers(part: Any, named_parts: bool) -> Iterator[_Layer]:
    """The pictures of one part in the file's order."""
    if part.header["type"] in _DEEP:
        return
    groups: dict[str, dict[str, str]] = {}
    for channel in part.header["channels"]:
        prefix, _, last = channel.name.rpartition(".")
        if channel.xSampling == channel.ySampling == 1:
            groups.setdefault(prefix, {})[last.lower()] = channel.name
    for prefix, channels in groups.items():
        name = f"{part.name() if named_parts else ''}.{prefix}".lower()
        label = tuple(word for word in name.split(".") if word)
        for wanted in (("r", "g", "b"), ("y",)):
            if all(channel in channels for channel in wanted):
                yield _Layer(part.part_index, label, tuple(channels[c] for c in wanted), channels.get("a"))
                break


def _in_display_window(pixels: Linear, header: dict[str, Any]) -> Linear:
    (left, top), (right, bottom) = header["displayWindow"]
    (data_left, data_top), (data_right, data_bottom) = header["dataWindow"]
    if (left, top, right, bottom) == (data_left, data_top, data_right, data_bottom):
        return pixels
    shown = np.zeros((bottom - top + 1, right - left + 1, pixels.shape[2]), pixels.dtype)
    x0, x1 = max(left, data_left), min(right, data_right) + 1
    y0, y1 = max(top, data_top), min(bottom, data_bottom) + 1
    if x0 < x1 and y0 < y1:
        shown[y0 - top : y1 - top, x0 - left : x1 - left] = pixels[
            y0 - data_top : y1 - data_top, x0 - data_left : x1 - data_left
        ]
    return shown
