# SPDX-License-Identifier: Apache-2.0
"""Bring a model's weights into the store, from the hub or from a folder, each file whole and verified or not at all."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from depth_engine.contract import DepthError, Download, ExitCode, Fetched
from depth_engine.models.base import ModelInfo, WeightFile
from depth_engine.models.store import StoredModel

EVERY_SECONDS = 0.25
CHUNK = 2**20
SPARE_BYTES = 2**20
"""Kept free: the store's own records."""

Sink = Callable[[int], None]
"""Told how many bytes of a file are here."""
Tell = Callable[[Download | Fetched], None]


class Source(Protocol):
    """Where weights come from."""

    def bring(self, file: WeightFile, part: Path, tell: Sink) -> str:
        """Make `part` the whole file, going on from what it holds; returns a checksum that the source knows, or "".

        Raises DepthError where it cannot; what has come stays in `part`.
        """
        ...


class Folder:
    """Weights in a folder, in the published layout. Raises DepthError MISSING_WEIGHTS where a file is not there."""

    def __init__(self, info: ModelInfo, folder: Path) -> None:
        self._folder = folder
        for file in info.files:
            if not (folder / file.path).is_file():
                names = ", ".join(file.path for file in info.files)
                raise DepthError(
                    ExitCode.MISSING_WEIGHTS, f"{folder} has no {file.path}.", f"{info.name} is made of: {names}."
                )

    def bring(self, file: WeightFile, part: Path, tell: Sink) -> str:
        with (self._folder / file.path).open("rb") as source, part.open("wb") as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
                tell(target.tell())
        return ""


def fetch(info: ModelInfo, source: Source, tell: Tell) -> None:
    """Bring every file that is not here as published, and tell of it: Download events, then Fetched.

    Raises DepthError JOB_BUSY, DISK_FULL, NOT_WRITABLE, BAD_WEIGHTS, or what the source raises. What has come stays,
    and a later call goes on from there.
    """
    stored = StoredModel(info)
    with stored.changing():
        wanted = [file for file in info.files if stored.check(file) is None]
        _check_space(stored, wanted)
        progress = _Progress(info, wanted, tell)
        for file in wanted:
            part = stored.part(file)
            part.parent.mkdir(parents=True, exist_ok=True)
            progress.begin(file, part.stat().st_size if part.is_file() else 0)
            checksum = source.bring(file, part, progress)
            stored.take(file, checksum)
            progress.end()
    tell(Fetched(info.name, str(stored.folder)))


class _Progress:
    """Turns bytes of the file at work into Download events, a few a second."""

    def __init__(self, info: ModelInfo, wanted: list[WeightFile], tell: Tell) -> None:
        self._tell = tell
        self._total = sum(file.size_bytes for file in info.files)
        self._done = self._total - sum(file.size_bytes for file in wanted)
        self._file, self._bytes, self._told_at = "", 0, 0.0

    def begin(self, file: WeightFile, here: int) -> None:
        self._file, self._bytes = file.path, here
        self._say()

    def end(self) -> None:
        self._done += self._bytes
        self._bytes = 0
        self._say()

    def __call__(self, count: int) -> None:
        self._bytes = count
        if time.monotonic() - self._told_at >= EVERY_SECONDS:
            self._say()

    def _say(self) -> None:
        self._told_at = time.monotonic()
        done = self._done + self._bytes
        self._tell(Download(self._file, done, max(done, self._total)))


def _check_space(stored: StoredModel, wanted: list[WeightFile]) -> None:
    stored.folder.mkdir(parents=True, exist_ok=True)
    parts = [stored.part(file) for file in wanted]
    needed = sum(file.size_bytes for file in wanted) - sum(part.stat().st_size for part in parts if part.is_file())
    free = shutil.disk_usage(stored.folder).free
    if wanted and needed + SPARE_BYTES > free:
        raise DepthError(
            ExitCode.DISK_FULL,
            f"{needed / 1e6:.0f} MB are still needed, but {free / 1e6:.0f} MB are free at {stored.folder}.",
            "Free some space, or set ESTIMATE_DEPTH_HOME to a folder on another disk.",
        )
