# SPDX-License-Identifier: Apache-2.0
"""The files of one frame, written as soon as its disparity is final."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from depth_engine.contract import DepthError, ExitCode, FrameRecord, Options
from depth_engine.footage.frame import Frame
from depth_engine.models.base import Disparity
from depth_engine.outputs.exr import Metadata, write_exr
from depth_engine.outputs.layout import Layout
from depth_engine.outputs.metadata import frame_metadata
from depth_engine.outputs.pictures import restored
from depth_engine.outputs.proxy import write_proxy

LARGEST_HALF = float(np.finfo(np.float16).max)


@dataclass(frozen=True, slots=True)
class Target:
    """What a job writes, and where."""

    folder: Path
    layout: Layout
    options: Options
    metadata: Metadata

    @property
    def store(self) -> str | None:
        """The sequence from which depth is read again at a shot's end; None where nothing needs it.

        PNG16 wants more digits than half floats have; a store that was not asked for goes to the work folder.
        """
        formats = self.options.format
        if not (self.options.preview or "png16" in formats):
            return None
        if "exr32" in formats:
            return "exr32"
        return "exr16" if "exr16" in formats and "png16" not in formats else "work"

    @property
    def sequences(self) -> tuple[str, ...]:
        """The EXR sequences that are written while frames become ready."""
        asked = [kind for kind in ("exr32", "exr16") if kind in self.options.format]
        return (*asked, "work") if self.store == "work" else tuple(asked)

    def path(self, kind: str, number: int) -> Path:
        return self.folder / self.layout.depth(kind).file(number)


@dataclass(frozen=True, slots=True)
class FrameRange:
    """The exact bounds of one frame's disparity."""

    number: int
    minimum: float
    maximum: float


def write_frame(
    target: Target, frame: Frame, record: FrameRecord, disparity: Disparity
) -> tuple[FrameRange, Disparity]:
    """Restore disparity [h,w] to the output's size, and write its EXRs and proxy; returns its bounds and Y [H,W]."""
    values = restored(disparity, frame.rgb, target.layout.size)
    bounds = FrameRange(frame.number, float(values.min()), float(values.max()))
    _check(bounds, target)
    metadata = {**target.metadata, **frame_metadata(record, bounds.minimum, bounds.maximum)}
    for kind in target.sequences:
        write_exr(target.path(kind, frame.number), values, metadata, half=kind == "exr16")
    depth = target.folder / target.layout.proxy_depth.file(frame.number)
    color = target.folder / target.layout.proxy_color.file(frame.number)
    write_proxy(depth, color, values, frame, metadata)
    return bounds, values


def _check(bounds: FrameRange, target: Target) -> None:
    if not np.isfinite([bounds.minimum, bounds.maximum]).all():
        raise DepthError(
            ExitCode.INTERNAL,
            f"The model gave values for frame {bounds.number} that are no numbers.",
            "Try --precision fp32.",
        )
    if "exr16" in target.options.format and max(-bounds.minimum, bounds.maximum) > LARGEST_HALF:
        raise DepthError(
            ExitCode.BAD_JOB, f"The depth of frame {bounds.number} is too large for half floats.", "Use --format exr32."
        )
