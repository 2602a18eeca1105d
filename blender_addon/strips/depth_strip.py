# SPDX-License-Identifier: GPL-3.0-or-later
"""The depth preview as a strip above its source, in sync with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from .. import compat
from ..engine.contract import DepthError, ExitCode, Manifest
from .bond import RESULT, tie
from .describe import canvas_size, content_start, native_size
from .find import find_strip, give_id
from .placement import Placement

_LAST_CHANNEL = 128

if TYPE_CHECKING:  # the names are new in 4.4
    Owner = bpy.types.SequenceEditor | bpy.types.MetaStrip


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the depth strip belongs: its handles, and the scene frame of file number 1."""

    left: int
    right: int
    channel: int
    number_one: int


def add_depth_strip(scene: bpy.types.Scene, placement: Placement, manifest: Manifest, folder: Path) -> str:
    """Put the job's preview movie on the first free channel above its source; the new strip's name.

    It has the source's handles as they are now, follows the source if that was moved, and covers the same part of the
    canvas. Without the source it lies where that was. A strip added before for the same job is replaced.
    Raises DepthError when the job has no preview or no channel is free.
    """
    preview = folder / manifest.preview if manifest.preview else None
    if preview is None or not preview.is_file():
        raise DepthError(
            ExitCode.BAD_INPUT, f"{folder.name} has no preview movie.", "Estimate the depth again with Preview on."
        )
    editor = scene.sequence_editor or scene.sequence_editor_create()
    source = find_strip(scene, placement.strip_id, placement)
    place = _place(source, placement)
    owner = _owner(editor, source)
    _remove_former(editor, folder)
    channel = _free_channel(owner, place)
    strip = compat.strips(owner).new_movie(
        name=f"{manifest.name} Depth",
        filepath=_path_in_file(preview),
        channel=channel,
        frame_start=place.number_one + manifest.frames[0].number - 1,
        fit_method="ORIGINAL",
    )
    strip[RESULT] = folder.name
    compat.set_handles(strip, place.left, place.right)
    movie = cast("bpy.types.MovieStrip", strip)
    cast("Any", movie).colorspace_settings.name = "sRGB"  # the preview is a picture, not data: show it as it is
    _cover(scene, movie, None if placement.on_canvas else source)
    if source:
        tie(scene, strip, source, give_id(source, placement.strip_id))
    return strip.name


def _place(source: bpy.types.Strip | None, placement: Placement) -> _Place:
    if source is None:
        return _Place(placement.left, placement.right, placement.channel, placement.number_one)
    left, right = compat.handles(source)
    moved = content_start(source) - placement.content_start
    return _Place(left, right, source.channel, placement.number_one + moved)


def _owner(editor: bpy.types.SequenceEditor, source: bpy.types.Strip | None) -> Owner:
    """The meta strip that the source lies in, else the editor."""
    meta = cast("bpy.types.MetaStrip | None", source.parent_meta()) if source else None
    return meta or editor


def _remove_former(editor: bpy.types.SequenceEditor, folder: Path) -> None:
    for strip in list(compat.all_strips(editor)):
        if strip.get(RESULT) == folder.name:
            compat.strips(_owner(editor, strip)).remove(strip)


def _free_channel(owner: Owner, place: _Place) -> int:
    """The first channel above the source that is neither locked nor muted and empty between the handles."""
    taken: set[int] = set()
    for strip in compat.strips(owner):
        left, right = compat.handles(strip)
        if left < place.right and place.left < right:
            taken.add(strip.channel)
    for number in range(place.channel + 1, _LAST_CHANNEL + 1):
        if number not in taken and not owner.channels[number].lock and not owner.channels[number].mute:
            return number
    raise DepthError(
        ExitCode.BAD_INPUT, "No channel above the strip is free.", "Move the strip down, or make room above it."
    )


def _path_in_file(path: Path) -> str:
    """Relative to the saved file if the user's preferences ask for that."""
    preferences = cast("bpy.types.Preferences", bpy.context.preferences)
    if bpy.data.filepath and preferences.filepaths.use_relative_paths:
        try:
            return bpy.path.relpath(str(path))
        except ValueError:  # another drive on Windows
            pass
    return str(path)


def _cover(scene: bpy.types.Scene, strip: bpy.types.MovieStrip, source: bpy.types.Strip | None) -> None:
    """Lay the preview over the source's picture, whatever the preview's own size; without one over the canvas."""
    shown = native_size(strip)
    if shown is None:
        raise DepthError(ExitCode.BAD_INPUT, f"Blender cannot read {strip.filepath}.", "Estimate the depth again.")
    place = cast("bpy.types.StripTransform", strip.transform)
    size = native_size(source) if source and source.type in ("MOVIE", "IMAGE") else None
    if source is None or size is None:
        width, height = canvas_size(scene)
        place.scale_x, place.scale_y = width / shown[0], height / shown[1]
        return
    model = cast("bpy.types.StripTransform", cast("bpy.types.MovieStrip", source).transform)
    place.scale_x = model.scale_x * size[0] / shown[0]
    place.scale_y = model.scale_y * size[1] / shown[1]
    place.offset_x, place.offset_y = model.offset_x, model.offset_y
    place.origin = model.origin
