# SPDX-License-Identifier: GPL-3.0-or-later
"""A matte for a relief or points: a picture, a movie or an image sequence of which a frame belongs to each file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import bpy

from ..engine.contract import DepthError, ExitCode
from .animation import set_keys
from .images import absolute_path
from .nodes import MASK_OFF, input_path, set_input
from .playback import MaskChannel, player, show_mask
from .result import Result

_MASK_KEY = "estimate_depth_mask"
_LAST_DIGITS = re.compile(r"(.*?)(\d+)(\D*)")


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A file whose name holds a number: what stands around it, and how many digits it has at least."""

    path: Path
    before: str
    digits: int
    after: str

    def file(self, number: int) -> Path:
        return self.path.with_name(f"{self.before}{number:0{self.digits}d}{self.after}")


def set_mask(played: bpy.types.Object, result: Result, path: Path, channel: MaskChannel = "BRIGHTNESS") -> None:
    """Keep of a relief or points what this file shows: what is black, or with the channel ALPHA what is clear, goes.

    One of several numbered images stands for them all; they are numbered as the footage's own files, or as positions
    in the footage, from 1, which is also how a movie's frames are counted. Raises DepthError when the file cannot be
    read, frames of the result have none, or the object was made by an earlier version.
    """
    if not path.is_file():
        raise DepthError(ExitCode.BAD_INPUT, f"There is no file {path}.", "Choose a picture, a movie or a sequence.")
    numbers = _image_numbers(path, result)
    image = _load(path, "SEQUENCE" if numbers else "FILE")
    if image.source == "MOVIE":
        numbers = result.numbers
        if image.frame_duration < numbers[-1]:
            message = f"{path.name} has {image.frame_duration} frames, but the result needs {numbers[-1]}."
            raise DepthError(ExitCode.BAD_INPUT, message, "Choose a mask as long as the footage.")
    show_mask(played, result, image, numbers, channel)


def clear_mask(played: bpy.types.Object) -> None:
    """Take the mask away."""
    modifier = player(played)
    set_input(modifier, "Mask", None)
    set_input(modifier, "Mask From", MASK_OFF)
    set_keys(played, input_path(modifier, "Mask Frame"), [])
    played.update_tag()


def _image_numbers(path: Path, result: Result) -> tuple[int, ...]:
    """The numbers in the names of a sequence's files that belong to the result's; none for one picture, or a movie."""
    numbered = _split(path)
    if path.suffix.lower() in cast("Any", bpy.path).extensions_movie or numbered is None or _is_alone(numbered):
        return ()
    originals = tuple(frame.original_number for frame in result.manifest.frames)
    choices = (originals, result.numbers)
    missing = [next((n for n in numbers if not numbered.file(n).is_file()), None) for numbers in choices]
    for numbers, first in zip(choices, missing):
        if first is None:
            return numbers
    lacking = numbered.file(missing[0] or originals[0]).name
    raise DepthError(
        ExitCode.BAD_INPUT,
        f"The mask has no file {lacking} for a frame of {result.name}.",
        f"Number its files as the footage's frames, {originals[0]} to {originals[-1]}.",
    )


def _split(path: Path) -> _Numbered | None:
    found = _LAST_DIGITS.fullmatch(path.stem)
    return _Numbered(path, found[1], len(found[2]), found[3] + path.suffix) if found else None


def _is_alone(numbered: _Numbered) -> bool:
    wanted = re.compile(re.escape(numbered.before) + r"\d+" + re.escape(numbered.after))
    return sum(1 for file in numbered.path.parent.iterdir() if wanted.fullmatch(file.name)) == 1


def _load(path: Path, source: Literal["FILE", "SEQUENCE"]) -> bpy.types.Image:
    """The mask's image, loaded once; another use of the same file keeps its own colors."""
    for image in bpy.data.images:
        if image.get(_MASK_KEY) and absolute_path(image) == path:
            image.reload()
            break
    else:
        image = _load_new(path)
    if image.source != "MOVIE":
        image.source = source
    return image


def _load_new(path: Path) -> bpy.types.Image:
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError:
        image = None
    if image is None or image.size[0] == 0:
        if image:
            bpy.data.images.remove(image)
        raise DepthError(ExitCode.BAD_INPUT, f"Blender cannot read {path.name}.", "Choose a picture or a movie.")
    # The file's own values, whatever they look like on a screen.
    cast("Any", image.colorspace_settings).name = "Non-Color"
    image.alpha_mode = "CHANNEL_PACKED"
    image[_MASK_KEY] = True
    return image
