# SPDX-License-Identifier: Apache-2.0
"""Files that exist whole or not at all: written beside, then renamed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PART = ".part"


@contextmanager
def whole_file(path: Path) -> Generator[Path]:
    """Gives the path to write to. It is renamed to `path` when the block succeeds and removed when it fails."""
    part = path.with_name(path.name + PART)
    try:
        yield part
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    with whole_file(path) as part:
        part.write_bytes(data)
