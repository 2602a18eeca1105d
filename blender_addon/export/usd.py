# SPDX-License-Identifier: GPL-3.0-or-later
"""USD, through Blender's own exporter: meshes and native points."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from .. import compat
from .exchange import ExchangeFormat
from .format import Progress, conversion, largest
from .sampling import Sampler
from .settings import ExportSettings
from .source import Source
from .stage import Stage, imported

_COLOR = "displayColor"
"""The primvar that every USD viewer shows."""


class Usd(ExchangeFormat):
    name = "USD"
    title = "USD"
    tip = "One USD file (.usdc) with the animated mesh or points, their colors and the camera"
    extension = ".usdc"
    points = True

    def supported(self) -> bool:
        return bpy.app.usd.supported

    def refusal(self, source: Source) -> str:
        if source.points and self.supported() and not compat.exports_usd_points():
            return "Blender 4.2 writes empty USD points: choose PLY"
        return super().refusal(source)

    def estimate_bytes(self, source: Source, settings: ExportSettings) -> int:
        shape = source.shape(settings)
        each = shape.vertices * (16 if shape.points else 12)
        colors = {"NONE": 0, "FIRST": 1, "EVERY": shape.frames}[settings.colors] * shape.vertices * 12
        return largest(shape, each + 400, colors + shape.faces * 52 + 20_000)

    def write(self, sampler: Sampler, folder: Path, name: str, progress: Progress) -> None:
        settings = sampler.settings
        # Blender's exporter turns Z up to Y up, which the file then says of itself; the rest is ours.
        with Stage(sampler, name, _imported(settings), (_COLOR, "POINT"), progress) as stage:
            stage.export(
                bpy.ops.wm.usd_export,
                filepath=str(folder / (name + self.extension)),
                export_animation=True,
                export_normals=False,
                export_materials=False,
                export_custom_properties=False,
                convert_world_material=False,
                convert_orientation=settings.up == "Y",
                evaluation_mode="VIEWPORT",
            )

    def read(self, sampler: Sampler, path: Path) -> AbstractContextManager[bpy.types.Scene]:
        return imported(bpy.ops.wm.usd_import, sampler.settings.rate, filepath=str(path), import_materials=False)

    def from_file(self, sampler: Sampler) -> NDArray[np.float64]:
        return _imported(sampler.settings).T / sampler.settings.scale


def _imported(settings: ExportSettings) -> NDArray[np.float64]:
    """World space as Blender's importer gives it: it turns Y up back to Z up."""
    turned = conversion(settings.forward, settings.up)
    return conversion("-Z", "Y").T @ turned if settings.up == "Y" else turned
