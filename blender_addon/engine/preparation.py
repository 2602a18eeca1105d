# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job needs before its engine can start."""

from __future__ import annotations

from typing import Protocol


class Preparation(Protocol):
    """What must happen before the engine can start, in steps short enough not to be felt in Blender's window."""

    @property
    def title(self) -> str: ...

    @property
    def done(self) -> int: ...

    @property
    def total(self) -> int:
        """0 while it cannot be told."""
        ...

    @property
    def pending(self) -> bool:
        """Whether something is left that needs no turn in the queue, such as asking the engine."""
        ...

    def ahead(self) -> bool:
        """Do a little of what needs no turn; True once job.json is written. Raises DepthError."""
        ...

    def step(self) -> bool:
        """Do a little; True while more remains. When nothing remains, job.json is written. Raises DepthError."""
        ...

    def close(self) -> None:
        """Leave nothing behind; called after the last step or in place of it."""
        ...
