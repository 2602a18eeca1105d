# SPDX-License-Identifier: Apache-2.0
"""The lens that a camera noted in its file, as a focal length in units of the picture's diagonal."""

from __future__ import annotations

import math
from collections.abc import Mapping

EXIF_TAGS = {
    "focal": 0x920A,
    "focal_35": 0xA405,
    "resolution": 0xA20E,
    "unit": 0xA210,
    "width": 0xA002,
    "height": 0xA003,
}
APPLE_FOCAL_35 = "com.apple.quicktime.camera.focal_length.35mm_equivalent"
_DIAGONAL_35 = math.hypot(36, 24)  # millimetres of film; what "35 mm equivalent" compares is the diagonal
_UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0}  # of EXIF's FocalPlaneResolutionUnit


def focal_from_exif(tags: Mapping[int, float]) -> float | None:
    """From the values of an EXIF directory; None where they do not tell."""
    value = {name: tags.get(tag, 0.0) for name, tag in EXIF_TAGS.items()}
    if value["focal_35"] > 0:
        return value["focal_35"] / _DIAGONAL_35
    diagonal, unit = math.hypot(value["width"], value["height"]), _UNIT_MM.get(int(value["unit"] or 2))
    if unit and value["focal"] > 0 and value["resolution"] > 0 and value["width"] > 0 and value["height"] > 0:
        return value["focal"] * value["resolution"] / unit / diagonal
    return None


def focal_from_movie(metadata: Mapping[str, str]) -> float | None:
    """From what a phone writes beside a movie; None where it does not tell."""
    try:
        focal = float(metadata.get(APPLE_FOCAL_35, ""))
    except ValueError:
        return None
    return focal / _DIAGONAL_35 if focal > 0 else None


def field_of_view(focal: float | None, width: int, height: int) -> float | None:
    """The horizontal angle in degrees of a picture of this shape; None for no focal length."""
    if focal is None:
        return None
    return math.degrees(2 * math.atan(width / 2 / (focal * math.hypot(width, height))))
