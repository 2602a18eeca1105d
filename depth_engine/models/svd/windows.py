# SPDX-License-Identifier: Apache-2.0
"""A window of a shot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """Frames start..end of a shot (from 0, end not included); the first `overlap` of them lie in the window before."""

    start: int
    end: int
    overlap: int

    def __len__(self) -> int:
        return self.end - self.start
