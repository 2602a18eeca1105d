# SPDX-License-Identifier: GPL-3.0-or-later
"""A result's numbered files as Blender images."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, cast

import bpy

from ..engine.contract import DepthError, ExitCode, Sequence
from .animation import set_keys
from .result import Result
from .timing import Key


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
    image = find_image(path, "SEQUENCE")
    if image:
        image.reload()
        return image
    image = load_image(path, path.parent.name.capitalize() + " " + result.name)
    image.source = "SEQUENCE"
    image.alpha_mode = "CHANNEL_PACKED"  # alpha is a mask of its own and leaves colors as they are
    if data:
        cast("Any", image.colorspace_settings).name = "Non-Color"
    return image


def load_image(path: Path, name: str) -> bpy.types.Image:
    """A new image datablock of a file; Blender tells movies from pictures itself."""
    image = bpy.data.images.load(str(path), check_existing=False)
    image.name = name
    image.filepath = _stored_path(path)
    return image


def find_image(path: Path, source: Literal["SEQUENCE", "MOVIE"]) -> bpy.types.Image | None:
    """The local image that already plays this file."""
    return next(
        (
            image
            for image in bpy.data.images
            if image.source == source and not image.library and image.filepath and absolute_path(image) == path
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

    data_path: from `owner` to the image user.
    """
    play_numbers(user, owner, data_path, result.file_keys())


def play_numbers(user: bpy.types.ImageUser, owner: bpy.types.ID, data_path: str, numbers: Iterable[Key]) -> None:
    """Make an image user show these file numbers, or frames of a movie.

    Asked for one frame that began long ago, an image user always shows number 1 + frame_offset: the keyed offset alone
    chooses the file, so skipped frames hold as they do in the relief.
    """
    user.frame_duration = 1
    user.frame_start = _LONG_AGO
    user.use_auto_refresh = True
    set_keys(owner, f"{data_path}.frame_offset", [key._replace(value=key.value - 1) for key in numbers])


_LONG_AGO = -1_048_574  # the earliest frame that Blender knows
