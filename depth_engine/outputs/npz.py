# SPDX-License-Identifier: Apache-2.0
"""Disparity for NumPy, in parts of at most 64 frames, streamed: a part never lies in memory."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO
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

    def __init__(self, folder: Path, name: str, numbers: Sequence[int]) -> None:
        self._folder = folder
        self._names = iter(part_names(name, numbers))
        self._numbers = numbers
        self._count = 0
        self._part = ExitStack()
        self._stream: IO[bytes] | None = None

    def append(self, disparity: Disparity) -> None:
        """Write the next frame's Y [H,W]; the last frame of a part completes its file."""
        if self._stream is None:
            self._open(disparity.shape)
        assert self._stream is not None  # noqa: S101  opened above
        self._stream.write(np.ascontiguousarray(disparity, "<f4").data)
        self._count += 1
        if self._count % PART_FRAMES == 0 or self._count == len(self._numbers):
            self._part.close()
            self._stream = None

    def _open(self, shape: tuple[int, ...]) -> None:
        first = self._count
        numbers = np.asarray(self._numbers[first : first + PART_FRAMES], "<i8")
        path = self._part.enter_context(whole_file(self._folder / next(self._names)))
        archive = self._part.enter_context(ZipFile(path, "w"))
        with archive.open("frame_numbers.npy", "w") as stream:
            np.save(stream, numbers)
        self._stream = self._part.enter_context(archive.open("disparity.npy", "w", force_zip64=True))
        header = {"descr": "<f4", "fortran_order": False, "shape": (len(numbers), *shape)}
        np.lib.format.write_array_header_1_0(self._stream, header)

    def discard(self) -> None:
        """Take away a part that is not complete."""
        self._stream = None
        stop = InterruptedError()
        with suppress(OSError):  # a full disk may be why; the part is removed all the same
            self._part.__exit__(type(stop), stop, None)
