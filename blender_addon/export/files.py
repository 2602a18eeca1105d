# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports appear whole or not at all: written to a folder beside, then moved to their place."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ..engine.contract import DepthError, ExitCode


@contextmanager
def beside(path: Path) -> Generator[Path]:
    """Gives an empty folder beside `path`; what is in it is removed, unless it was moved by then.

    Raises DepthError where the disk is full or the place cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DepthError(
                ExitCode.DISK_FULL, "The disk is full.", "Free some space, or take fewer frames."
            ) from None
        raise DepthError(
            ExitCode.NOT_WRITABLE, f"Cannot write {error.filename or path}: {error.strerror}.", "Choose another place."
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def move_files(part: Path, folder: Path) -> list[Path]:
    """Move every file of `part` into a folder, over what an earlier export left there under the same names."""
    return [file.replace(folder / file.name) for file in sorted(part.iterdir())]


def move_folder(part: Path, folder: Path) -> list[Path]:
    """Make `part` the folder, in the place of an earlier export. Raises DepthError where other files lie there."""
    if folder.exists():
        own = re.compile(re.escape(folder.name) + r"\.-?\d+\.\w+")
        if not folder.is_dir() or not all(own.fullmatch(file.name) for file in folder.iterdir()):
            raise DepthError(ExitCode.USAGE, f"{folder} holds other files.", "Choose a new name.")
        shutil.rmtree(folder)
    part.replace(folder)
    return sorted(folder.iterdir())


def check_space(path: Path, wanted: int) -> None:
    """Raises DepthError where the disk has less room than an export will need."""
    place = next(folder for folder in path.absolute().parents if folder.exists())
    free = shutil.disk_usage(place).free
    if free < wanted:
        raise DepthError(
            ExitCode.DISK_FULL,
            f"The export needs about {wanted / 1e6:.0f} MB, but the disk has {free / 1e6:.0f} MB free.",
            "Free some space, or take fewer frames.",
        )
