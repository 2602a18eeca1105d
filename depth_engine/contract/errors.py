# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, with an exit code for each failure that a person can act on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the engine process ends with; one code for each failure that a user can act on."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    BAD_INPUT = 10
    BAD_JOB = 11
    CONTRACT_MISMATCH = 12
    UNKNOWN_MODEL = 20
    MISSING_WEIGHTS = 21
    BAD_WEIGHTS = 22
    LICENCE_NOT_ACCEPTED = 23
    DOWNLOAD_FAILED = 24
    NO_DEVICE = 30
    OUT_OF_MEMORY = 31
    NO_RUNTIME = 32
    DISK_FULL = 40
    NOT_WRITABLE = 41
    JOB_BUSY = 42
    JOB_FINISHED = 43
    JOB_UNFINISHED = 44
    CANNOT_RESUME = 45
    CANCELLED = 50


class DepthError(Exception):
    """A failure that a person can act on: one sentence, a hint, and the exit code that names it."""

    def __init__(self, code: ExitCode, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
