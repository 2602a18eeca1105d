# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking the engine what a request will do and need."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from ..engine import contract
from ..engine.query import Query, new_folder
from .request import Request


def ask_plan(command: Path, job: contract.Job, parent: Path) -> Query[contract.Plan]:
    """Ask for the plan of a job whose folder would lie in `parent`."""
    folder = new_folder()
    contract.JobFolder(folder).write_job(job)
    return Query(command, ["plan", folder, "--out", parent], contract.Plan, folder)


def ask_rendered_plan(command: Path, request: Request) -> Query[contract.Plan]:
    """Ask for the plan of a strip whose frames are not rendered yet: a blank picture of its size stands in for each."""
    folder = new_folder()
    blank = folder / "blank.png"
    blank.write_bytes(_blank_png(*request.strip.size))
    source = contract.ImagesSource(str(folder), (blank.name,) * request.frames, request.strip.rate)
    contract.JobFolder(folder).write_job(request.rendered_job(source))
    return Query(command, ["plan", folder, "--out", request.parent], contract.Plan, folder)


def _blank_png(width: int, height: int) -> bytes:
    """A black RGB picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes((1 + 3 * width) * height), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
