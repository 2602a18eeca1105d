# SPDX-License-Identifier: GPL-3.0-or-later
"""Make small image sequences whose pictures carry their index (see `coded`). Needs the engine's environment.

Tests that run elsewhere (inside Blender's Python) make them with `tests.support.elsewhere`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
from numpy.typing import NDArray

from tests.support.coded import coded_picture


def make_images(
    folder: Path | str,
    *,
    frames: int = 12,
    pattern: str = "frame.####.png",
    start: int = 1,
    numbers: Sequence[int] | None = None,
    size: tuple[int, int] = (96, 64),
    depth: int = 8,
    first_index: int = 0,
) -> list[Path]:
    """Write coded pictures and return their paths in order; the pattern's extension (png jpg tif exr) picks the format.

    pattern: one run of '#' stands for the number, zero-padded to its length. start: the first file's number; numbers:
    each file's number instead, to leave gaps. depth: bits a channel of PNG and TIFF (8 or 16). EXR is scene-linear
    half float, white = 1.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    hashes = "#" * pattern.count("#")
    paths: list[Path] = []
    for position, number in enumerate(numbers if numbers is not None else range(start, start + frames)):
        path = folder / pattern.replace(hashes, str(number).zfill(len(hashes)))
        write_image(path, coded_picture(first_index + position, *size), depth)
        paths.append(path)
    return paths


def write_image(path: Path, rgb: NDArray[np.uint8], depth: int = 8) -> None:
    """Write 8-bit display pixels [H,W,3] in the format of the path's extension."""
    if path.suffix == ".exr":
        write_exr(path, {"RGB": (rgb / np.float32(255)).astype(np.float16)})
        return
    pixels = rgb.astype(np.uint16) * 257 if depth == 16 else rgb
    flags = [cv2.IMWRITE_JPEG_QUALITY, 95] if path.suffix in (".jpg", ".jpeg") else []
    if not cv2.imwrite(str(path), np.ascontiguousarray(pixels[:, :, ::-1]), flags):
        raise OSError(f"cannot write {path}")


def write_exr(
    path: Path, channels: Mapping[str, NDArray[np.generic]], header: Mapping[str, object] | None = None
) -> None:
    """Write one part: names to arrays [H,W], or "RGB"/"RGBA" to [H,W,3 or 4], half or float."""
    OpenEXR.File(dict(header or {}), {name: np.ascontiguousarray(pixels) for name, pixels in channels.items()}).write(
        str(path)
    )
