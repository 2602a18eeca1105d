# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (OpenEXR comes without types.)
"""Reads what Blender rendered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from depth_engine.training.synthetic.scenes.request import SCENE_FILE, colour_file, data_file

F32 = NDArray[np.float32]
BEYOND = 15_000.0
"""Metres: what is farther counts as sky."""


@dataclass(frozen=True)
class Shot:
    """What all frames share: the camera's move, the haze's range or None, whether it is night, whether it may rain."""

    angles: list[float]
    poses: list[NDArray[np.float64]]
    objects: list[NDArray[np.float64]]
    move: str
    haze: tuple[float, float] | None
    dark: bool
    rain: bool


@dataclass(frozen=True)
class Frame:
    """Linear colour [H,W,3], depth [H,W] in metres, inf for sky, and the number of the moving object, 0 for none."""

    colour: F32
    depth: F32
    item: NDArray[np.int32]

    @property
    def sky(self) -> NDArray[np.bool_]:
        return np.isinf(self.depth)


def read_shot(folder: Path) -> Shot:
    """Poses are camera-to-world with x right, y down, z forward; objects [N,4,4] are object-to-world."""
    told: dict[str, Any] = json.loads((folder / SCENE_FILE).read_text(encoding="utf-8"))
    frames = told["frames"]
    downward = np.diag([1.0, -1.0, -1.0, 1.0])  # Blender's camera has y up and looks along -z
    return Shot(
        angles=[frame["angle"] for frame in frames],
        poses=[np.array(frame["camera_to_world"]) @ downward for frame in frames],
        objects=[np.array(frame["objects"]).reshape(-1, 4, 4) for frame in frames],
        move=told["move"],
        haze=told["haze"] and tuple(told["haze"]),
        dark=told["dark"],
        rain=told["rain"],
    )


def read_frame(folder: Path, index: int) -> Frame:
    colour, data = _channels(folder / colour_file(index)), _channels(folder / data_file(index))
    rgb = np.stack([colour[f"Combined.{channel}"] for channel in "RGB"], -1)
    depth = data["Depth.Z"]
    return Frame(
        colour=np.maximum(np.nan_to_num(rgb, nan=0.0, posinf=0.0), 0),
        depth=np.where(depth < BEYOND, np.maximum(depth, 1e-3), np.inf).astype(np.float32),
        item=np.rint(data["Object Index.X"]).astype(np.int32),
    )


def _channels(path: Path) -> dict[str, F32]:
    """Channels by pass and name, without the view layer's name."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {
            name.split(".", 1)[-1]: np.array(channel.pixels, dtype=np.float32)
            for part in file.parts
            for name, channel in part.channels.items()
        }
