# SPDX-License-Identifier: Apache-2.0
"""The error that every reader of footage raises."""

from __future__ import annotations

from depth_engine.contract import DepthError, ExitCode


def bad_input(message: str, hint: str) -> DepthError:
    """One sentence that names the file, and what to do about it."""
    return DepthError(ExitCode.BAD_INPUT, message, hint)
