# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on folders with many files, a little at a time: how much one holds, and taking one away."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

BUDGET_SECONDS = 0.01


class _Portions:
    """Runs through an iterator for a hundredth of a second at a time."""

    def __init__(self, steps: Iterator[None]) -> None:
        self.done = False
        self._steps = steps

    def tick(self) -> None:
        deadline = time.monotonic() + BUDGET_SECONDS
        for _ in self._steps:
            if time.monotonic() > deadline:
                return
        self.done = True


class FolderSize(_Portions):
    """Counts the bytes of a folder's files; links are not followed, what cannot be read counts nothing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(self._count())
        self.folder = folder
        self.bytes = 0

    def _count(self) -> Iterator[None]:
        for folder, _, names in os.walk(self.folder):
            for name in names:
                try:
                    self.bytes += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118  Path is slow here
                except OSError:
                    continue
                yield
            yield


class FolderRemoval(_Portions):
    """Removes a folder of files (without folders in it); what cannot be removed stays."""

    def __init__(self, folder: Path) -> None:
        super().__init__(self._remove())
        self.folder = folder

    def _remove(self) -> Iterator[None]:
        try:
            for path in list(self.folder.iterdir()):
                path.unlink(missing_ok=True)
                yield
            self.folder.rmdir()
        except OSError:
            return
