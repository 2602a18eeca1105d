# SPDX-License-Identifier: GPL-3.0-or-later
"""The footage itself, in full size, for pictures that are made of it.

Blender reads the source where it can be shown frame by frame as the engine read it; else what the result keeps of it,
at grid size, is played.
"""

from __future__ import annotations

import re
from pathlib import Path

import bpy

from ..engine.contract import ImagesSource, MovieSource
from .images import find_image, load_image, load_sequence
from .result import Result
from .timing import Key, file_number_keys

_NUMBERED = re.compile(r"(.*?)(\d+)(\.\w+)")


def load_plate(result: Result) -> tuple[bpy.types.Image, list[Key]]:
    """The image that plays the footage, and which of its numbers shows at which scene frame.

    Raises DepthError when neither the source nor the result's own copy is there.
    """
    source = result.manifest.source
    found = _movie(source, result) if isinstance(source, MovieSource) else _images(source, result)
    if found:
        image, ahead = found
        first, last = result.numbers[0], result.numbers[-1]
        keys = file_number_keys(range(first, last + 1), result.number_one)
        return image, [key._replace(value=key.value + ahead) for key in keys]
    image = load_sequence(result, result.manifest.proxy_color, data=False)
    return image, result.file_keys()


def _movie(source: MovieSource, result: Result) -> tuple[bpy.types.Image, int] | None:
    facts, path = result.manifest.facts, Path(source.path)
    if not (facts.constant_rate and facts.rotation == 0 and path.is_file()):
        return None
    image = find_image(path, "MOVIE") or load_image(path, f"Footage {result.name}")
    return (image, 0) if _fits(image, result, facts.frame_count) else _drop(image)


def _images(source: ImagesSource, result: Result) -> tuple[bpy.types.Image, int] | None:
    """Blender counts up the number in the first name, so the names must do so too."""
    names = [_NUMBERED.fullmatch(name) for name in source.files]
    first, last = result.numbers[0], result.numbers[-1]
    used = [name for name in names[first - 1 : last] if name]
    if len(used) != last - first + 1 or len({(name[1], len(name[2]), name[3]) for name in used}) > 1:
        return None
    numbers = [int(name[2]) for name in used]
    path = Path(source.directory) / source.files[first - 1]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))) or not path.is_file():
        return None
    image = find_image(path, "SEQUENCE")
    if not image:
        image = load_image(path, f"Footage {result.name}")
        if not _fits(image, result, None):  # as a single picture: a sequence has no size before it is shown
            return _drop(image)
        image.source = "SEQUENCE"
    return image, numbers[0] - first


def _fits(image: bpy.types.Image, result: Result, frames: int | None) -> bool:
    """Whether Blender sees the pictures that the engine saw."""
    facts = result.manifest.facts
    same_size = tuple(image.size) == (facts.width, facts.height)
    return same_size and (frames is None or image.frame_duration == frames)


def _drop(image: bpy.types.Image) -> None:
    if not image.users:
        bpy.data.images.remove(image)
