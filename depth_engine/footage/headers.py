# SPDX-License-Identifier: Apache-2.0
"""What an image file's header tells, read without its pixels: PNG, JPEG, TIFF and EXR."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from depth_engine.footage.errors import bad_input
from depth_engine.footage.exr import read_exr_header
from depth_engine.footage.lens import EXIF_TAGS, focal_from_exif

_WIDTH, _HEIGHT, _PHOTOMETRIC, _ORIENTATION, _SAMPLES = 256, 257, 262, 274, 277  # TIFF tags
_CMYK = 5
_CAMERA = 0x8769  # where the directory of the camera's notes lies
_RATIONAL = 5
_RATIONALS = (EXIF_TAGS["focal"], EXIF_TAGS["resolution"])


@dataclass(frozen=True, slots=True)
class Header:
    """width, height: upright. orientation: as EXIF counts, 1 is upright as stored. focal: in picture diagonals."""

    codec: str
    width: int
    height: int
    alpha: bool = False
    orientation: int = 1
    pixel_aspect: Fraction = Fraction(1)
    focal: float | None = None


def read_header(path: Path) -> Header:
    """Raises DepthError BAD_INPUT, naming the file, if it is missing, empty or none of the known formats."""
    try:
        with path.open("rb") as file:
            magic = file.read(8)
            if not magic:
                raise bad_input(f"{path} is empty.", "Render or copy this frame again.")
            file.seek(0)
            header = _read(path, file, magic)
    except OSError as error:
        raise bad_input(f"{path} cannot be read: {error.strerror}.", "Check the file and its permissions.") from None
    except (struct.error, ValueError, KeyError):
        raise bad_input(f"{path} is damaged: its header cannot be read.", "Render or copy this frame again.") from None
    if header is None:
        raise bad_input(f"{path} is not a PNG, JPEG, TIFF or EXR image.", "Convert the sequence to one of these.")
    return header


def _read(path: Path, file: BinaryIO, magic: bytes) -> Header | None:
    if magic == b"\x89PNG\r\n\x1a\n":
        return _png(file)
    if magic[:2] == b"\xff\xd8":
        return _jpeg(file)
    if magic[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _tiff(file)
    if magic[:4] == b"v/1\x01":
        exr = read_exr_header(path)
        return Header("exr", exr.width, exr.height, exr.alpha, pixel_aspect=exr.pixel_aspect)
    return None


@dataclass(frozen=True, slots=True)
class _Exif:
    orientation: int = 1
    focal: float | None = None


def _upright(codec: str, width: int, height: int, alpha: bool, exif: _Exif) -> Header:
    turned = 5 <= exif.orientation <= 8
    shape = (height, width) if turned else (width, height)
    return Header(codec, *shape, alpha, exif.orientation, focal=exif.focal)


def _png(file: BinaryIO) -> Header:
    file.seek(8)
    width = height = 0
    exif = _Exif()
    alpha = False
    while True:
        length, kind = struct.unpack(">I4s", file.read(8))
        start = file.tell()
        if kind == b"IHDR":
            width, height, _, color = struct.unpack(">IIBB", file.read(10))
            alpha = color in (4, 6)
        elif kind == b"tRNS":
            alpha = True
        elif kind == b"eXIf":
            exif = _exif(file)
        elif kind == b"IDAT":
            return _upright("png", width, height, alpha, exif)
        file.seek(start + length + 4)


def _jpeg(file: BinaryIO) -> Header:
    file.seek(2)
    exif = _Exif()
    while True:
        marker, code = struct.unpack(">BB", file.read(2))
        if marker != 0xFF:
            raise ValueError("no marker")
        if code == 0xFF:  # a fill byte
            file.seek(-1, os.SEEK_CUR)
            continue
        start = file.tell()
        (length,) = struct.unpack(">H", file.read(2))
        if code == 0xE1 and file.read(6) == b"Exif\0\0":
            exif = _exif(file)
        elif 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            file.seek(start + 3)
            height, width = struct.unpack(">HH", file.read(4))
            return _upright("jpeg", width, height, False, exif)
        file.seek(start + length)


def _tiff(file: BinaryIO) -> Header:
    base = file.tell()
    tags = _tiff_tags(file)
    # One or three samples are colour (four in print); a further one is alpha.
    alpha = tags.get(_SAMPLES, 1) == 2 or (tags.get(_SAMPLES, 1) == 4 and tags.get(_PHOTOMETRIC) != _CMYK)
    return _upright("tiff", int(tags[_WIDTH]), int(tags[_HEIGHT]), alpha, _exif_of(file, base, tags))


def _exif(file: BinaryIO) -> _Exif:
    """EXIF data that starts here."""
    base = file.tell()
    return _exif_of(file, base, _tiff_tags(file))


def _exif_of(file: BinaryIO, base: int, tags: dict[int, float]) -> _Exif:
    """What the first directory and the one of the camera say; a camera's damaged notes are no damaged picture."""
    orientation = int(tags.get(_ORIENTATION, 1))
    try:
        noted = _tiff_tags(file, base, int(tags[_CAMERA]))
    except (struct.error, KeyError, OSError, OverflowError):
        return _Exif(orientation)
    return _Exif(orientation, focal_from_exif(noted))


def _tiff_tags(file: BinaryIO, base: int | None = None, directory: int | None = None) -> dict[int, float]:
    """A directory's numbers (of several, the first) of the TIFF that starts here or at `base`; its first by default."""
    base = file.tell() if base is None else base
    file.seek(base)
    order = {b"II": "<", b"MM": ">"}[file.read(2)]
    big = struct.unpack(order + "H", file.read(2))[0] == 43
    if big:
        file.seek(base + 8)
    count_form, entry_form = ("Q", "HHQ8s") if big else ("H", "HHI4s")
    pointer_form = order + ("Q" if big else "I")
    (offset,) = struct.unpack(pointer_form, file.read(8 if big else 4))
    file.seek(base + (offset if directory is None else directory))
    (count,) = struct.unpack(order + count_form, file.read(struct.calcsize(order + count_form)))
    entries = [struct.unpack(order + entry_form, file.read(struct.calcsize(order + entry_form))) for _ in range(count)]
    tags: dict[int, float] = {}
    for tag, kind, _, value in entries:
        if kind in (3, 4, 16):  # short, long, long of eight bytes
            form = {3: "H", 4: "I", 16: "Q"}[kind]
            (tags[tag],) = struct.unpack_from(order + form, value)
        elif kind == _RATIONAL and tag in _RATIONALS:
            file.seek(base + struct.unpack_from(pointer_form, value)[0])
            above, below = struct.unpack(order + "II", file.read(8))
            tags[tag] = above / below if below else 0.0
    return tags
