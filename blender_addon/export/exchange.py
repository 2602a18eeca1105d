# SPDX-License-Identifier: GPL-3.0-or-later
"""What Alembic and USD have in common: Blender's own exporter writes them, and its importer checks them."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np
from numpy.typing import NDArray

from ..engine.contract import DepthError, ExitCode
from .format import Format, damaged
from .sampling import Sampler
from .source import Source


class ExchangeFormat(Format):
    """Any number of faces in each frame, with the camera; frames between the sampled ones hold."""

    holds_camera = True

    @abstractmethod
    def supported(self) -> bool:
        """Whether this Blender was built with the format."""

    def refusal(self, source: Source) -> str:
        if not self.supported():
            return f"This Blender was built without {self.title}"
        return super().refusal(source)

    def require(self) -> None:
        if not self.supported():
            raise DepthError(
                ExitCode.USAGE, f"This Blender was built without {self.title}.", "Use a build from blender.org."
            )

    @abstractmethod
    def read(self, sampler: Sampler, path: Path) -> Any:
        """A context manager that gives a scene with what the file holds: `stage.imported`."""

    @abstractmethod
    def from_file(self, sampler: Sampler) -> NDArray[np.float64]:
        """The matrix [3,3] that brings what Blender reads from the file back to world space."""

    def check(self, sampler: Sampler, folder: Path, name: str) -> None:
        """The first, the middle and the last frame are read again and must be what they are in the scene."""
        path, frames = folder / (name + self.extension), sampler.settings.frames
        with self.read(sampler, path) as scene:
            kind = "POINTCLOUD" if sampler.source.points else "MESH"
            found = next((placed for placed in scene.objects if placed.type == kind), None)
            if found is None:
                raise damaged(path, "nothing is in it")
            for frame in sorted({frames[0], frames[len(frames) // 2], frames[-1]}):
                scene.frame_set(frame)
                back = positions(found, scene) @ self.from_file(sampler).T
                wanted = sampler.sample(frame).positions
                if back.shape != wanted.shape or not np.allclose(back, wanted, rtol=1e-4, atol=1e-5):
                    raise damaged(path, f"frame {frame} differs from the scene's")
            if sampler.settings.camera and sampler.source.camera and not any(o.type == "CAMERA" for o in scene.objects):
                raise damaged(path, "the camera is missing")


def positions(placed: bpy.types.Object, scene: bpy.types.Scene) -> NDArray[np.float64]:
    """Positions [N,3] in world space of what an importer made, at the scene's current frame."""
    evaluated = placed.evaluated_get(cast("bpy.types.Depsgraph", scene.view_layers[0].depsgraph))
    data = cast("Any", evaluated.data).attributes["position"].data
    values = np.empty(len(data) * 3, np.float32)
    data.foreach_get("vector", values)
    matrix = np.array(evaluated.matrix_world, np.float64)
    return values.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
