# SPDX-License-Identifier: GPL-3.0-or-later
"""What is exported: an object that plays a result, and the camera that matches it. Reading only, and no file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import bpy

from .. import compat
from ..engine.contract import DepthError, ExitCode
from ..scene import Result, load_result
from ..scene.marks import find_marked, role_of
from ..scene.nodes import get_input, input_path
from ..scene.playback import find_player, player
from .settings import ExportSettings, Shape, strided

Kind = Literal["RELIEF", "POINTS"]


@dataclass(frozen=True, slots=True)
class Source:
    """shown: the relief or the points. camera: the one that matches the footage, if it is still there."""

    shown: bpy.types.Object
    kind: Kind
    camera: bpy.types.Object | None

    @property
    def points(self) -> bool:
        return self.kind == "POINTS"

    @property
    def pixels(self) -> int:
        """Of the footage at grid size."""
        return round(self.value("Columns") * self.value("Rows"))

    def value(self, name: str) -> float:
        """What an input of the live controls has now."""
        return get_input(player(self.shown), name)

    def span(self) -> tuple[int, int]:
        """The first and the last scene frame that the object plays; (1, 1) where its keys were removed."""
        curves = compat.fcurves(self.shown)
        curve = curves.find(input_path(player(self.shown), "Frame")) if curves else None
        if curve is None or not curve.keyframe_points:
            return 1, 1
        points = curve.keyframe_points
        return round(points[0].co.x), round(points[-1].co.x)

    def shape(self, settings: ExportSettings, stride: int = 1) -> Shape:
        """The most that the export can hold; `stride` thins the grid on top of the object's own."""
        stride *= max(1, round(self.value("Stride")))
        columns, rows = (strided(round(self.value(name)), stride) for name in ("Columns", "Rows"))
        return Shape(columns, rows, len(settings.frames), self.points)

    def result(self) -> Result:
        """The result that the object plays. Raises DepthError when its folder is gone."""
        image = cast("bpy.types.Image", self.value("Depth"))
        path = Path(cast("Any", bpy.path).abspath(image.filepath, library=image.library))
        return load_result(path.parent.parent)


def refusal(shown: bpy.types.Object | None) -> str:
    """Why an object cannot be exported, as a tooltip says it; empty if it can."""
    if shown is None or role_of(shown) not in ("relief", "points"):
        return "Select a relief or points made from a result"
    if find_player(shown) is None:
        return "The object has lost its Depth modifier"
    return ""


def find_source(scene: bpy.types.Scene, shown: bpy.types.Object | None) -> Source:
    """The relief or points, with its camera. Raises DepthError where it is none."""
    reason = refusal(shown)
    if shown is None or reason:
        raise DepthError(ExitCode.USAGE, f"{reason}.", "Make one with Create Relief or Create Points.")
    return Source(shown, cast(Kind, role_of(shown).upper()), find_marked(scene.objects, "camera", like=shown))
