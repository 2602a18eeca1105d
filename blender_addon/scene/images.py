# SPDX-License-Identifier: GPL-3.0-or-later
"""A result's numbered files as Blender images."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import bpy

from ..engine.contract import DepthError, ExitCode, Sequence
from .animation import set_keys
from .result import Result


def load_sequence(result: Result, sequence: Sequence, data: bool) -> bpy.types.Image:
    """The image datablock that plays these files; loaded once, then shared.

    data: the pixels are numbers, not colors. The path is relative to the .blend where there is one.
    Raises DepthError when the first file is missing or cannot be read.
    """
    path = result.file(sequence, result.numbers[0])
    if not path.is_file():
        raise DepthError(
            ExitCode.BAD_INPUT, f"{path.name} of {result.identity} is missing.", "Estimate the depth again."
        )
    image = _find(path)
    if image:
        image.reload()
        return image
    image = bpy.data.images.load(str(path), check_existing=False)
    image.name = path.parent.name.capitalize() + " " + result.name
    image.filepath = _stored_path(path)
    image.source = "SEQUENCE"
    if data:
        cast("Any", image.colorspace_settings).name = "Non-Color"
    return image


def _find(path: Path) -> bpy.types.Image | None:
    return next(
        (
            image
            for image in bpy.data.images
            if image.source == "SEQUENCE" and not image.library and image.filepath and absolute_path(image) == path
        ),
        None,
    )


def absolute_path(image: bpy.types.Image) -> Path:
    return Path(bpy.path.abspath(image.filepath))  # pyright: ignore[reportUnknownMemberType]


def _stored_path(path: Path) -> str:
    """Relative to the .blend where there is one on the same drive, so that both can move together."""
    if not bpy.data.filepath:
        return str(path)
    try:
        return bpy.path.relpath(str(path))
    except ValueError:
        return str(path)


def play(user: bpy.types.ImageUser, owner: bpy.types.ID, data_path: str, result: Result) -> None:
    """Make an image user (of a shader node, texture or camera background) show the result's files in time.

    data_path: from `owner` to the image user. Asked for one frame that began long ago, an image user always shows
    file 1 + frame_offset: the keyed offset alone chooses the file, so skipped frames hold as they do in the relief.
    """
    user.frame_duration = 1
    user.frame_start = _LONG_AGO
    user.use_auto_refresh = True
    keys = [key._replace(value=key.value - 1) for key in result.file_keys()]
    set_keys(owner, f"{data_path}.frame_offset", keys)


_LONG_AGO = -1_048_574  # the earliest frame that Blender knows
