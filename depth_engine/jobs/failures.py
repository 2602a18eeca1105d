# SPDX-License-Identifier: Apache-2.0
"""What went wrong, in words and an exit code that a person can act on."""

from __future__ import annotations

import errno
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode, JobFolder
from depth_engine.models.base import Stop

NO_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
NO_WRITING = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
}
MEMORY_TEXTS = ("out of memory", "can't allocate memory", "not enough memory", "insufficient memory")


def as_depth_error(error: BaseException, folder: Path) -> DepthError:
    """The failure of a job in `folder` as DepthError; INTERNAL where nobody foresaw it."""
    if isinstance(error, DepthError):
        return error
    if isinstance(error, (Stop, KeyboardInterrupt)):
        return DepthError(ExitCode.CANCELLED, "The job was cancelled.", f"Go on with it: depth-engine run {folder}")
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return DepthError(
            ExitCode.DISK_FULL,
            f"The disk is full at {folder}.",
            "Free some space, then go on.",
        )
    if isinstance(error, OSError) and error.errno in NO_WRITING and _is_inside(error.filename, folder):
        where = error.filename or folder
        return DepthError(
            ExitCode.NOT_WRITABLE, f"Cannot write {where}: {error.strerror}.", "Choose a folder that you may write to."
        )
    if is_out_of_memory(error):
        return DepthError(
            ExitCode.OUT_OF_MEMORY,
            "There is not enough memory for this job.",
            "Close other programs, or lower --max-size or --output-size.",
        )
    return DepthError(
        ExitCode.INTERNAL,
        f"Something unexpected went wrong ({type(error).__name__}: {_one_line(error)}).",
        f"Details: {JobFolder(folder).log_file}",
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, here or on a graphics card; the libraries report it as a RuntimeError with a text."""
    known = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"  # torch's
    return known or any(text in str(error).lower() for text in MEMORY_TEXTS)


def _is_inside(name: str | bytes | int | None, folder: Path) -> bool:
    return name is None or Path(str(name)).absolute().is_relative_to(folder.absolute())


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
