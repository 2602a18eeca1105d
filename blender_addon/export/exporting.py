# SPDX-License-Identifier: GPL-3.0-or-later
"""From an object to files: asked for before, checked after, there whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from ..engine.contract import DepthError, ExitCode, clip_name
from .alembic import Alembic
from .files import beside, check_space, move_files, move_folder
from .format import Format, Progress
from .gltf import Gltf
from .pc2 import Mdd, Pc2
from .ply import Ply
from .sampling import CUTS
from .settings import ExportSettings
from .source import Source
from .usd import Usd

FORMATS: dict[str, Format] = {kind.name: kind for kind in (Alembic(), Usd(), Gltf(), Ply(), Pc2(), Mdd())}


@dataclass(frozen=True, slots=True)
class Exported:
    """What lies on disk now, and was read back. vertices: of each frame at most. stride: every n-th vertex of the grid
    was taken, 1 unless the size budget asked for more.
    """

    files: tuple[Path, ...]
    size: int
    frames: int
    vertices: int
    stride: int


def format_refusal(source: Source, name: str, settings: ExportSettings) -> str:
    """Why an export cannot be made, as a tooltip says it; empty if it can."""
    kind = FORMATS[name]
    opening = next((cut for cut in CUTS if source.value(cut)), None)
    if kind.one_topology and settings.surface == "SHOWN" and not source.points and opening:
        return f"{kind.title} keeps one topology, but {opening} opens each frame differently: choose Whole or Frozen"
    if settings.first > settings.last:
        return "The last frame is before the first"
    return kind.refusal(source)


def estimate_bytes(source: Source, name: str, settings: ExportSettings) -> int:
    """How large an export will be, about. Raises DepthError where it cannot be made small enough."""
    return FORMATS[name].estimate_bytes(source, settings)


def export(
    scene: bpy.types.Scene, source: Source, name: str, path: Path, settings: ExportSettings, progress: Progress
) -> Exported:
    """Write a source to `path`, in the format of that name, and read it back.

    path: the file, or for sequences the folder; an extension that is missing is added. Raises DepthError when the
    format cannot hold it, the disk is full, or what was written is not what the scene shows.
    """
    kind = FORMATS[name]
    reason = format_refusal(source, name, settings)
    if reason:
        raise DepthError(ExitCode.USAGE, f"{reason}.", "See the export's settings.")
    path = complete(path, name)
    check_space(path, estimate_bytes(source, name, settings))
    with beside(path) as part, kind.sampler(source, settings, scene) as sampler:
        stem = clip_name(path.name.removesuffix(kind.extension))
        kind.write(sampler, part, stem, progress)
        kind.check(sampler, part, stem)
        files = move_files(part, path.parent) if kind.extension else move_folder(part, path)
    size = sum(file.stat().st_size for file in files)
    return Exported(tuple(files), size, len(settings.frames), sampler.shape.vertices, sampler.stride)


def complete(path: Path, name: str) -> Path:
    """A path with the extension of the format of that name, and a file name that every program takes."""
    known = {kind.extension for kind in FORMATS.values()}  # that of a format chosen before goes
    stem = path.stem if path.suffix in known else path.name
    return path.with_name(clip_name(stem) + FORMATS[name].extension)
