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

_WIDTH, _HEIGHT, _PHOTOMETRIC, _ORIENTATION, _SAMPLES = 256, 257, 262, 274, 277  # TIFF tags
_CMYK = 5


@dataclass(frozen=True, slots=True)
class Header:
    """width, height: upright. orientation: as EXIF counts, 1 is upright as stored."""

    codec: str
    width: int
    height: int
    alpha: bool = False
    orientation: int = 1
    pixel_aspect: Fraction = Fraction(1)


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


def _upright(codec: str, width: int, height: int, alpha: bool, orientation: int) -> Header:
    turned = 5 <= orientation <= 8
    return Header(codec, height if turned else width, width if turned else height, alpha, orientation)


def _png(file: BinaryIO) -> Header:
    file.seek(8)
    width = height = orientation = 0
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
            orientation = _exif_orientation(file)
        elif kind == b"IDAT":
            return _upright("png", width, height, alpha, orientation or 1)
        file.seek(start + length + 4)


def _jpeg(file: BinaryIO) -> Header:
    file.seek(2)
    orientation = 1
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
            orientation = _exif_orientation(file)
        elif 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            file.seek(start + 3)
            height, width = struct.unpack(">HH", file.read(4))
            return _upright("jpeg", width, height, False, orientation)
        file.seek(start + length)


def _tiff(file: BinaryIO) -> Header:
    tags = _tiff_tags(file)
    orientation = tags.get(_ORIENTATION, 1)
    # One or three samples are colour (four in print); a further one is alpha.
    alpha = tags.get(_SAMPLES, 1) == 2 or (tags.get(_SAMPLES, 1) == 4 and tags.get(_PHOTOMETRIC) != _CMYK)
    return _upright("tiff", tags[_WIDTH], tags[_HEIGHT], alpha, orientation)


def _exif_orientation(file: BinaryIO) -> int:
    return _tiff_tags(file).get(_ORIENTATION, 1)


def _tiff_tags(file: BinaryIO) -> dict[int, int]:
    """The first directory's short and long values (of several, the first), from a TIFF that starts here."""
    base = file.tell()
    order = {b"II": "<", b"MM": ">"}[file.read(2)]
    big = struct.unpack(order + "H", file.read(2))[0] == 43
    if big:
        file.seek(base + 8)
    count_form, entry_form = ("Q", "HHQ8s") if big else ("H", "HHI4s")
    (offset,) = struct.unpack(order + ("Q" if big else "I"), file.read(8 if big else 4))
    file.seek(base + offset)
    (count,) = struct.unpack(order + count_form, file.read(struct.calcsize(order + count_form)))
    tags: dict[int, int] = {}
    for _ in range(count):
        tag, kind, _, value = struct.unpack(order + entry_form, file.read(struct.calcsize(order + entry_form)))
        if kind in (3, 4, 16):  # short, long, long of eight bytes
            form = {3: "H", 4: "I", 16: "Q"}[kind]
            (tags[tag],) = struct.unpack_from(order + form, value)
    return tags
