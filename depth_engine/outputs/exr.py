# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (OpenEXR comes without types.)
"""Disparity as OpenEXR: one flat channel Y, raw and unnormalised, which every viewer shows; vectors as RGB."""

from __future__ import annotations

import io
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from depth_engine.models.base import Disparity
from depth_engine.outputs.files import write_bytes

Metadata = Mapping[str, str | int | float | Fraction]


def write_exr(path: Path, disparity: Disparity, metadata: Metadata, *, half: bool = False) -> None:
    """Write Y [H,W] as float32, or as half, with ZIP compression and `metadata` as header attributes."""
    write_channels(path, {"Y": np.ascontiguousarray(disparity, np.float16 if half else np.float32)}, metadata)


def write_vectors(path: Path, vectors: NDArray[np.float32], metadata: Metadata) -> None:
    """Write unit vectors [H,W,3] as R, G, B, in half floats."""
    write_channels(path, {"RGB": np.ascontiguousarray(vectors, np.float16)}, metadata)


def write_channels(path: Path, channels: Mapping[str, NDArray[np.float16 | np.float32]], metadata: Metadata) -> None:
    """Write channels [H,W], or [H,W,3] for several at once, with ZIP compression, whole or not at all."""
    header = {**metadata, "compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    # The library reports a failed write as plain text; through memory a full disk stays an OSError.
    stream = io.BytesIO()
    OpenEXR.File(header, dict(channels)).write(stream)
    write_bytes(path, stream.getbuffer())


def read_exr(path: Path) -> Disparity:
    """Y [H,W] of a file written by `write_exr`, as float32."""
    with OpenEXR.File(str(path)) as file:
        pixels = cast("NDArray[np.float16] | NDArray[np.float32]", file.channels()["Y"].pixels)
        return pixels.astype(np.float32)


def read_header(path: Path) -> dict[str, object]:
    """The attributes of a file, without its pixels."""
    with OpenEXR.File(str(path), header_only=True) as file:
        return dict(cast("dict[str, object]", file.header()))  # the file takes its own back
