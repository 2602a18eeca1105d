# SPDX-License-Identifier: GPL-3.0-or-later
"""How the installer speaks: progress lines, one clear sentence on a failure, and running other programs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, cast

Argument = str | Path


class InstallError(Exception):
    """A failure that a person can act on: one sentence and the command, or the step, that mends it."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def say(text: str) -> None:
    """One progress line, written whole (others may speak at the same time) and before a program started next."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def step(text: str) -> None:
    """The start of a step that takes a while."""
    say(f"==> {text}")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a program, without what would leak another Python's modules into a virtual environment."""
    leaks = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    return {key: value for key, value in os.environ.items() if key not in leaks} | dict(extra or {})


def call(
    command: Sequence[Argument], cwd: Path | None = None, env: Mapping[str, str] | None = None, label: str = ""
) -> int:
    """Run a program with its output shown and return its exit code. Raises InstallError when it cannot start.

    label: stands before each of its lines, for programs that run at the same time.
    """
    words = [str(part) for part in command]
    try:
        if not label:
            return subprocess.run(words, cwd=cwd, env=environment(env), check=False).returncode
        with subprocess.Popen(
            words,
            cwd=cwd,
            env=environment(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as program:
            for line in cast(IO[str], program.stdout):
                say(f"{label} | {line.rstrip()}")
        return program.returncode
    except OSError as error:
        raise InstallError(f"{command[0]} cannot be started ({error.strerror}).") from None


def run(
    command: Sequence[Argument],
    failure: str,
    fix: str = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a program with its output shown. Raises InstallError with `failure` when it ends with an error."""
    code = call(command, cwd, env)
    if code:
        raise InstallError(f"{failure} (exit code {code}).", fix or "Read the lines above; then try again.")


def run_quietly(command: Sequence[Argument], failure: str, fix: str = "", cwd: Path | None = None) -> None:
    """Run a program with its output shown only when it fails. Raises InstallError then."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise InstallError(f"{failure}: {command[0]} cannot be started ({error.strerror}).", fix) from None
    if done.returncode:
        say(done.stdout)
        raise InstallError(f"{failure} (exit code {done.returncode}).", fix or "Read the lines above; then try again.")


class Watch:
    """Seconds since it was made, as a person reads them."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
