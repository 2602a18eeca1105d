# SPDX-License-Identifier: Apache-2.0
"""From a path that a person gives to footage."""

from __future__ import annotations

from pathlib import Path

from depth_engine.contract import DepthError, ImagesSource, MovieSource, Source, is_rate
from depth_engine.footage.errors import bad_input
from depth_engine.footage.sequences import Sequence, find_sequences, natural_order

IMAGE_EXTENSIONS = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr"}


def find_source(path: Path, rate: str = "24") -> Source:
    """The footage of a path: a movie, a folder of images, or one file of a numbered image sequence.

    rate: frames a second of image sequences. Raises DepthError BAD_INPUT if there is nothing there, or if a folder
    holds several sequences, which it names.
    """
    path = path.absolute()
    if not is_rate(rate):
        raise bad_input(f"{rate!r} is not a frame rate.", "Use 24, 23.976 or 24000/1001.")
    if not path.exists():
        raise bad_input(f"{path} does not exist.", "Check the path; the footage may have been moved.")
    if path.is_dir():
        return ImagesSource(str(path), _only_sequence(path), rate)
    if path.suffix.lower() not in IMAGE_EXTENSIONS:
        return MovieSource(str(path))
    sequences = find_sequences(_images(path.parent))
    return ImagesSource(str(path.parent), next(s.files for s in sequences if path.name in s.files), rate)


def _images(folder: Path) -> list[str]:
    """The names of the images in a folder; hidden files, such as those that macOS leaves, are none."""
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError as error:
        raise bad_input(f"{folder} cannot be read: {error.strerror}.", "Check the folder's permissions.") from None
    return [name for name in names if Path(name).suffix.lower() in IMAGE_EXTENSIONS and not name.startswith(".")]


def _only_sequence(folder: Path) -> tuple[str, ...]:
    names = _images(folder)
    if not names:
        raise bad_input(f"{folder} holds no images.", "Choose a folder with PNG, JPEG, TIFF or EXR images, or a movie.")
    sequences = find_sequences(names)
    if len(sequences) == 1:
        return sequences[0].files
    if all(len(sequence.files) == 1 for sequence in sequences):
        return tuple(sorted(names, key=natural_order))  # names of no pattern: the folder is the sequence
    raise _several(folder, sequences)


def _several(folder: Path, sequences: list[Sequence]) -> DepthError:
    shown = ", ".join(f"{sequence.title} ({len(sequence.files)})" for sequence in sequences[:6])
    more = f" and {len(sequences) - 6} more" if len(sequences) > 6 else ""
    return bad_input(f"{folder} holds several sequences: {shown}{more}.", "Give one file of the sequence you want.")
