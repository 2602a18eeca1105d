# SPDX-License-Identifier: Apache-2.0
"""Disparity for NumPy, in parts of at most 64 frames, streamed: a part never lies in memory.

A part's frames are first gathered as raw floats in the work folder, where a job that was broken off can go on after any
of them, and become an NPZ when they are all there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

import numpy as np

from depth_engine.models.base import Disparity
from depth_engine.outputs.files import whole_file

PART_FRAMES = 64


def part_names(name: str, numbers: Sequence[int]) -> list[str]:
    """The parts' file names, "<name>.<first>-<last>.npz"; sorted, they are in the order of time."""
    parts = [numbers[i : i + PART_FRAMES] for i in range(0, len(numbers), PART_FRAMES)]
    return [f"{name}.{part[0]:06}-{part[-1]:06}.npz" for part in parts]


class NpzParts:
    """Writes frames, given in order, to parts with `disparity` float32 [T,H,W] and `frame_numbers` int64 [T]."""

    def __init__(self, folder: Path, work: Path, name: str, numbers: Sequence[int], done: int = 0) -> None:
        """folder, work: where parts and their raw frames go. done: frames that an earlier run has appended."""
        self._folder = folder
        self._work = work
        self._names = part_names(name, numbers)
        self._numbers = numbers
        self._count = done
        self._raw: BinaryIO | None = None

    def append(self, disparity: Disparity) -> None:
        """Write the next frame's Y [H,W]; the last frame of a part completes its file."""
        values = np.ascontiguousarray(disparity, "<f4")
        if self._raw is None:
            self._raw = self._open(values.nbytes)
        self._raw.write(values.data)
        self._raw.flush()
        self._count += 1
        if self._count % PART_FRAMES == 0 or self._count == len(self._numbers):
            self.close()
            self._complete((self._count - 1) // PART_FRAMES, values.shape)

    def files(self) -> list[Path]:
        """What must be there for the frames done so far."""
        parts, inside = divmod(self._count, PART_FRAMES)
        if self._count == len(self._numbers):
            parts, inside = len(self._names), 0
        whole = [self._folder / name for name in self._names[: parts + 1]]
        if not inside:
            return whole[:parts]
        return whole if whole[-1].exists() else [*whole[:-1], self._raw_path(parts)]

    def close(self) -> None:
        """Close what is open; a part that is not complete can be continued."""
        if self._raw:
            self._raw.close()
            self._raw = None

    def _raw_path(self, part: int) -> Path:
        return self._work / Path(self._names[part]).with_suffix(".raw").name

    def _open(self, frame_bytes: int) -> BinaryIO:
        """The next frame's raw part, holding the frames of it that are done and nothing else."""
        part, inside = divmod(self._count, PART_FRAMES)
        path, whole = self._raw_path(part), self._folder / self._names[part]
        if inside and whole.exists():  # it was completed after the point from which the job goes on
            _unpack(whole, path)
        raw = path.open("r+b" if inside else "wb")
        raw.truncate(inside * frame_bytes)
        raw.seek(0, os.SEEK_END)
        return raw

    def _complete(self, part: int, shape: tuple[int, ...]) -> None:
        first = part * PART_FRAMES
        numbers = np.asarray(self._numbers[first : first + PART_FRAMES], "<i8")
        raw = self._raw_path(part)
        with whole_file(self._folder / self._names[part]) as path, ZipFile(path, "w") as archive:
            with archive.open("frame_numbers.npy", "w") as stream:
                np.save(stream, numbers)
            with raw.open("rb") as frames, archive.open("disparity.npy", "w", force_zip64=True) as stream:
                header = {"descr": "<f4", "fortran_order": False, "shape": (len(numbers), *shape)}
                np.lib.format.write_array_header_1_0(stream, header)
                shutil.copyfileobj(frames, stream)
        raw.unlink()


def _unpack(whole: Path, raw: Path) -> None:
    """The raw frames of a complete part."""
    with ZipFile(whole) as archive, archive.open("disparity.npy") as stream, raw.open("wb") as frames:
        np.lib.format.read_magic(stream)
        np.lib.format.read_array_header_1_0(stream)
        shutil.copyfileobj(stream, frames)
