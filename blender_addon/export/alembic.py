# SPDX-License-Identifier: GPL-3.0-or-later
"""Alembic, through Blender's own exporter."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from .exchange import ExchangeFormat
from .format import Progress, conversion, largest
from .sampling import Sampler
from .settings import ExportSettings
from .source import Source
from .stage import Stage, imported

_COLOR = "Col"
_Y_UP = conversion("-Z", "Y")
"""What Blender's exporter does to everything, and its importer undoes."""


class Alembic(ExchangeFormat):
    name = "ALEMBIC"
    title = "Alembic"
    tip = "One Alembic file (.abc) with the animated mesh, its colors and the camera"
    extension = ".abc"

    def supported(self) -> bool:
        return bpy.app.alembic.supported

    def refusal(self, source: Source) -> str:
        if source.points and self.supported():
            return "Blender exports no points as Alembic: choose PLY or USD"
        return super().refusal(source)

    def estimate_bytes(self, source: Source, settings: ExportSettings) -> int:
        shape = source.shape(settings)
        once, each = shape.vertices * 8 + shape.faces * 36, shape.vertices * 12
        colors = {"NONE": 0, "FIRST": 1, "EVERY": shape.frames}[settings.colors] * shape.faces * 64
        return largest(shape, each + 200, once + colors + 20_000)

    def write(self, sampler: Sampler, folder: Path, name: str, progress: Progress) -> None:
        # Alembic keeps no colors of vertices, only 8-bit ones of face corners.
        settings = sampler.settings
        turned = _Y_UP.T @ conversion(settings.forward, settings.up)
        with Stage(sampler, name, turned, (_COLOR, "CORNER"), progress) as stage:
            stage.export(
                bpy.ops.wm.alembic_export,
                filepath=str(folder / (name + self.extension)),
                start=settings.first,
                end=settings.last,
                normals=False,
                vcolors=settings.colors != "NONE",
                export_custom_properties=False,
                evaluation_mode="VIEWPORT",
                as_background_job=False,
            )

    def read(self, sampler: Sampler, path: Path) -> AbstractContextManager[bpy.types.Scene]:
        return imported(bpy.ops.wm.alembic_import, sampler.settings.rate, filepath=str(path), as_background_job=False)

    def from_file(self, sampler: Sampler) -> NDArray[np.float64]:
        settings = sampler.settings
        return conversion(settings.forward, settings.up).T @ _Y_UP / settings.scale
