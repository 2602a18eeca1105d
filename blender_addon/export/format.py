# SPDX-License-Identifier: GPL-3.0-or-later
"""What all formats have in common: the interface, and how samples are turned to the file's axes and scale."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import bpy
import numpy as np
from bpy_extras.io_utils import axis_conversion
from numpy.typing import NDArray

from ..engine.contract import DepthError, ExitCode
from .sampling import Sample, Sampler
from .settings import Axis, ExportSettings, Shape, Up
from .source import Source

Progress = Callable[[int, int], None]
"""Takes the frames that are done, and all of them."""


class Format(ABC):
    """One file format. Instances hold no state: `FORMATS` has one of each."""

    name: ClassVar[str]
    title: ClassVar[str]
    tip: ClassVar[str]
    extension: ClassVar[str]
    """With its dot; empty where the files lie in a folder of their own."""
    points = False
    relief = True
    one_topology = False
    """Whether all frames must have the same faces."""
    holds_camera = False
    holds_rate = True
    axes: tuple[Axis, Up] | None = None
    """Forward and up, where the format itself says them; None: free."""

    def refusal(self, source: Source) -> str:
        """Why the format cannot hold this, as a tooltip says it; empty if it can."""
        if source.points and not self.points:
            return f"{self.title} holds no points: choose PLY or USD"
        if not source.points and not self.relief:
            return f"{self.title} holds points only"
        return ""

    @abstractmethod
    def estimate_bytes(self, source: Source, settings: ExportSettings) -> int:
        """How large the export will be, at most, as far as that can be told before."""

    @abstractmethod
    def write(self, sampler: Sampler, folder: Path, name: str, progress: Progress) -> None:
        """Write every frame, and the camera where wanted and held, to files that begin with `name` in a new folder."""

    @abstractmethod
    def check(self, sampler: Sampler, folder: Path, name: str) -> None:
        """Read back what `write` wrote. Raises DepthError when frames are missing or are not what they must be."""

    def sampler(self, source: Source, settings: ExportSettings, scene: bpy.types.Scene) -> Sampler:
        """What gives the samples; formats with a size budget thin the grid here."""
        return Sampler(source, settings, scene)


def conversion(forward: Axis, up: Up) -> NDArray[np.float64]:
    """The rotation [3,3] from Blender's axes to a file's. Raises DepthError where the two lie on one line."""
    if forward[-1] == up[-1]:
        raise DepthError(ExitCode.USAGE, "Forward and up are the same axis.", "Choose two different axes.")
    turned = axis_conversion(from_forward="Y", from_up="Z", to_forward=forward, to_up=up)
    return np.array(turned, np.float64)


def placed(sample: Sample, settings: ExportSettings) -> NDArray[np.float32]:
    """Positions [N,3] of a sample in the file's axes and scale."""
    turned = conversion(settings.forward, settings.up) * settings.scale
    return (sample.positions @ turned.T).astype("<f4")


def same_faces(first: Sample, sample: Sample, title: str, frame: int) -> None:
    """Raises DepthError where a frame of a format with one topology has other faces than the first."""
    if len(first.positions) != len(sample.positions) or not np.array_equal(first.faces, sample.faces):
        raise DepthError(
            ExitCode.USAGE,
            f"The surface opens differently at frame {frame}, and {title} keeps one topology for all frames.",
            "Choose the surface Whole or Frozen.",
        )


def damaged(path: Path, what: str) -> DepthError:
    """The failure of a check."""
    return DepthError(ExitCode.INTERNAL, f"{path.name} is not what was exported: {what}.", "Export it again.")


def largest(shape: Shape, per_frame: float, once: float = 0) -> int:
    """Bytes of all frames and of what is there once."""
    return round(once + shape.frames * per_frame)
