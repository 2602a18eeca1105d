# SPDX-License-Identifier: GPL-3.0-or-later
"""From a strip in Blender to plain data: where it lies, which files it shows, and why they may not do as they are."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from .. import compat
from ..engine.contract import DepthError, ExitCode, ImagesSource, MovieSource, Source
from .description import StripDescription, seen_frames
from .reasons import picture_reasons, placing_reasons

if TYPE_CHECKING:
    from .reasons import Footage


def describe(scene: bpy.types.Scene, strip: bpy.types.Strip) -> StripDescription:
    """What a strip shows between its handles. Looks for its files on the disk, so do not call it at every redraw.

    Raises DepthError BAD_INPUT for strips without a picture and for missing or unreadable files.
    """
    if not _has_picture(strip):
        raise DepthError(
            ExitCode.BAD_INPUT, f"“{strip.name}” has no picture.", "Select a strip that shows one, such as a movie."
        )
    if strip.type in ("MOVIE", "IMAGE"):
        return _describe_footage(scene, cast("Footage", strip))
    kind = cast("bpy.types.EnumProperty", strip.bl_rna.properties["type"]).enum_items[strip.type].name
    return _description(scene, strip, canvas_size(scene), (f"{kind} strip",), on_canvas=True)


def canvas_size(scene: bpy.types.Scene) -> tuple[int, int]:
    """Width and height of the scene's picture at full size."""
    return scene.render.resolution_x, scene.render.resolution_y


def scene_rate(scene: bpy.types.Scene) -> Fraction:
    """The timeline's exact frame rate; Blender keeps 23.976 as 24 over the rounded number 1.001."""
    return Fraction(scene.render.fps) / Fraction(f"{scene.render.fps_base:.6f}")


def native_size(strip: bpy.types.Strip) -> tuple[int, int] | None:
    """Width and height of the pictures in a movie or image strip's files; None if Blender could not read them."""
    for element in cast("Footage", strip).elements:
        if element.orig_width and element.orig_height:
            return element.orig_width, element.orig_height
    return None


def content_start(strip: bpy.types.Strip) -> int:
    """Scene frame of the footage's first frame, were it not trimmed; for other strips that of their content."""
    content = compat.content(strip)
    return round(content.start - content.trimmed)


def _has_picture(strip: bpy.types.Strip) -> bool:
    if strip.type == "META":
        return any(map(_has_picture, compat.strips(cast("bpy.types.MetaStrip", strip))))
    return strip.type != "SOUND"


def _describe_footage(scene: bpy.types.Scene, strip: Footage) -> StripDescription:
    if scene.render.use_multiview and strip.use_multiview:
        raise DepthError(
            ExitCode.BAD_INPUT,
            f"“{strip.name}” holds two views.",
            "Turn off Stereoscopy in the Output properties, or use a strip with one view.",
        )
    content = compat.content(strip)
    frames = seen_frames(compat.handles(strip), round(content.start), content.length, content.trimmed)
    source, lacking = _movie(scene, strip) if strip.type == "MOVIE" else _images(scene, strip, frames)
    size = native_size(strip)
    if size is None:
        raise DepthError(
            ExitCode.BAD_INPUT, f"Blender cannot read the file of “{strip.name}”.", "Check that it plays elsewhere."
        )
    placed = placing_reasons(scene, strip)
    reasons = (*placed, *picture_reasons(scene, strip, source), *lacking)
    if reasons:
        return _description(scene, strip, canvas_size(scene) if placed else size, reasons, on_canvas=bool(placed))
    return _description(scene, strip, size, (), on_canvas=False, source=source, frames=frames)


def _description(
    scene: bpy.types.Scene,
    strip: bpy.types.Strip,
    size: tuple[int, int],
    reasons: tuple[str, ...],
    on_canvas: bool,
    source: Source | None = None,
    frames: tuple[int, int] | None = None,
) -> StripDescription:
    left, right = compat.handles(strip)
    return StripDescription(
        name=strip.name,
        kind=strip.type,
        left=left,
        right=right,
        size=size,
        rate=str(scene_rate(scene)),
        source=source,
        frames=frames,
        number_one=content_start(strip) if source else left,
        render_reasons=reasons,
        on_canvas=on_canvas,
    )


def _movie(scene: bpy.types.Scene, strip: Footage) -> tuple[MovieSource, tuple[str, ...]]:
    path = _absolute(scene, cast("bpy.types.MovieStrip", strip).filepath)
    if not path.is_file():
        raise _missing(strip, path, 1)
    return MovieSource(str(path)), ()


def _images(scene: bpy.types.Scene, strip: Footage, frames: tuple[int, int]) -> tuple[ImagesSource, tuple[str, ...]]:
    """All the strip's files; those that show must exist, and if others lack the engine cannot take the sequence."""
    folder = _absolute(scene, cast("bpy.types.ImageStrip", strip).directory)
    files = tuple(element.filename for element in strip.elements)
    first, last = frames
    there = {entry.name for entry in os.scandir(folder)} if folder.is_dir() else set[str]()
    lacking = [n for n, name in enumerate(files, 1) if name not in there and not (folder / name).is_file()]
    shown = [n for n in lacking if first <= n <= last]
    if shown:
        raise _missing(strip, folder / files[shown[0] - 1], len(shown))
    reasons = ("Files missing beyond the handles",) if lacking else ()
    return ImagesSource(str(folder), files, str(scene_rate(scene))), reasons


def _absolute(scene: bpy.types.Scene, path: str) -> Path:
    return Path(os.path.normpath(cast("Any", bpy.path).abspath(path, library=scene.library)))


def _missing(strip: bpy.types.Strip, path: Path, count: int) -> DepthError:
    message = f"The file {path} of “{strip.name}” is missing."
    if count > 1:
        message = f"{count} files of “{strip.name}” are missing, the first is {path}."
    return DepthError(ExitCode.BAD_INPUT, message, "Find it with File > External Data > Find Missing Files.")
