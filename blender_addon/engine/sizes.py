# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a folder holds, counted a little at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

BUDGET_SECONDS = 0.01


class FolderSize:
    """Counts the bytes of a folder's files; links are not followed, what cannot be read counts nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bytes = 0
        self.counted = False
        self._walk = self._sizes()

    def tick(self) -> None:
        """Count on for a hundredth of a second."""
        deadline = time.monotonic() + BUDGET_SECONDS
        for size in self._walk:
            self.bytes += size
            if time.monotonic() > deadline:
                return
        self.counted = True

    def _sizes(self) -> Iterator[int]:
        for folder, _, names in os.walk(self.folder):
            for name in names:
                try:
                    yield os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 (Path objects are slow here)
                except OSError:
                    continue
            yield 0
