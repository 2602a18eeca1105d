# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist chooses for an export. Plain data: no bpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Surface = Literal["SHOWN", "WHOLE", "FROZEN"]
Colors = Literal["NONE", "FIRST", "EVERY"]
Axis = Literal["X", "Y", "Z", "-X", "-Y", "-Z"]
Up = Literal["Y", "Z"]

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """first, last: scene frames, both included; every step-th is written, the frames between hold the one before.

    rate: frames a second that the file says. scale: file units for each of Blender's. forward, up: the file's axes for
    Blender's +Y (where the footage looks) and +Z. surface: the faces of each frame as shown; none opened; or those of
    the frame `freeze` in all frames. colors: the footage's at every vertex, of the first frame or of every frame.
    camera: the matched camera too, where the format holds one. budget: bytes at most, for formats that decimate.
    """

    first: int
    last: int
    step: int = 1
    rate: float = 24.0
    scale: float = 1.0
    forward: Axis = "-Z"
    up: Up = "Y"
    surface: Surface = "SHOWN"
    freeze: int = 1
    colors: Colors = "EVERY"
    camera: bool = True
    budget: int = 32 * MEGABYTE

    @property
    def frames(self) -> range:
        """The scene frames that are sampled."""
        return range(self.first, self.last + 1, self.step)

    def held(self, frame: int) -> int:
        """The sampled frame that shows at a frame of the range."""
        return frame - (frame - self.first) % self.step


@dataclass(frozen=True, slots=True)
class Shape:
    """How much one frame holds at most: the grid's columns and rows, and the number of frames."""

    columns: int
    rows: int
    frames: int
    points: bool

    @property
    def vertices(self) -> int:
        return self.columns * self.rows

    @property
    def faces(self) -> int:
        return 0 if self.points else (self.columns - 1) * (self.rows - 1)


def strided(pixels: int, stride: int) -> int:
    """How many vertices the depth group's grid has along a side of so many pixels."""
    return max(2, (pixels - 1) // max(stride, 1) + 1)


@dataclass(frozen=True, slots=True)
class Preset:
    """The settings that suit one program; the rest stays the artist's."""

    title: str
    tip: str
    format: str
    scale: float = 1.0
    forward: Axis = "-Z"
    up: Up = "Y"
    budget: int = 32 * MEGABYTE


PRESETS: dict[str, Preset] = {
    "UNITY": Preset("Unity", "Alembic in meters, Y up, for Unity's Alembic package", "ALEMBIC"),
    "UNREAL": Preset("Unreal Engine", "Alembic in centimeters, Y up, for a Geometry Cache", "ALEMBIC", scale=100.0),
    "THREE": Preset("three.js", "A glTF binary of at most 16 MB, with morph targets", "GLTF", budget=16 * MEGABYTE),
}
