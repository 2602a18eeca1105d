# SPDX-License-Identifier: GPL-3.0-or-later
"""What a weight file must never get to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


class Hostile:
    """A pickle of this makes the folder `victim` when it is loaded."""

    def __init__(self, victim: Path) -> None:
        self._victim = victim

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._victim),)
