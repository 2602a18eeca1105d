# SPDX-License-Identifier: Apache-2.0
"""The weights store: fetched weights, what was verified of them, and which licences were accepted on this machine.

In the user's data folder:

    models/<name>/        the files, in the published layout; FILE.part is a download that has not ended
    models/<name>.json    a Record
    models/<name>.lock    held while files come or go
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode, JobLock, from_json, to_json, user_data_folder, write_text
from depth_engine.models.base import ModelInfo, WeightFile

GIT_ID_DIGITS = 40
NO_SPACE = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Which licence was accepted for which revisions ("repo@revision") of a model, and when (ISO 8601, UTC)."""

    licence: str
    licence_url: str
    revisions: tuple[str, ...]
    at: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A file as it was when its content was found to be the published one: hashing gigabytes takes long.

    fetched: the store brought it, and may take it away.
    """

    size_bytes: int
    mtime_ns: int
    sha256: str
    fetched: bool

    def is_of(self, path: Path) -> bool:
        """Whether the file has not been written since."""
        seen = path.stat()
        return (self.size_bytes, self.mtime_ns) == (seen.st_size, seen.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Record:
    """What the store knows of a model. files: by their path in the model's folder."""

    name: str
    acceptance: Acceptance | None = None
    files: dict[str, Verified] = field(default_factory=dict[str, Verified])


class StoredModel:
    """One model's place in the store."""

    def __init__(self, info: ModelInfo) -> None:
        self._info = info
        self._shelf = user_data_folder() / "models"
        self.folder = self._shelf / info.name

    def path(self, file: WeightFile) -> Path:
        return self.folder / file.path

    def part(self, file: WeightFile) -> Path:
        """Where a file grows until it is whole."""
        return self.path(file).with_name(self.path(file).name + ".part")

    @contextmanager
    def changing(self) -> Generator[None]:
        """Keep other engines from changing the model's files meanwhile, and say in words what the disk refuses.

        Raises DepthError JOB_BUSY, DISK_FULL or NOT_WRITABLE.
        """
        with _disk_failures(self._info.name, self.folder):
            self._shelf.mkdir(parents=True, exist_ok=True)
            lock = JobLock(self._shelf / f"{self._info.name}.lock")
            if not lock.acquire(wait_seconds=1.0):
                raise DepthError(
                    ExitCode.JOB_BUSY,
                    f"Another program is changing the weights of {self._info.name}.",
                    "Wait until it has ended, then try again.",
                )
            try:
                yield
            finally:
                lock.release()

    # --- the licence -------------------------------------------------------------------------------------------

    def accepted(self) -> bool:
        """Whether the licence, as it is named now, was accepted on this machine."""
        known = self.record().acceptance
        return known is not None and (known.licence, known.licence_url) == (self._info.licence, self._info.licence_url)

    def accept(self) -> None:
        """Note that the user accepts the licence. Call it within `changing`."""
        revisions = {f"{file.repo}@{file.revision}": None for file in self._info.files if file.repo}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        acceptance = Acceptance(self._info.licence, self._info.licence_url, tuple(revisions), now)
        self._write(replace(self.record(), acceptance=acceptance))

    # --- the files ---------------------------------------------------------------------------------------------

    def check(self, file: WeightFile) -> str | None:
        """The SHA-256 of a file that is as published; None where it is not, or not there.

        It is read through only where its size or time tells that it may have changed since it was last verified.
        """
        path, known = self.path(file), self.record().files.get(file.path)
        if not path.is_file():
            return None
        fresh = known is not None and known.is_of(path)
        found = known.sha256 if known and fresh else sha256(path)
        published = file.sha256 or (known.sha256 if known else "")
        if found != published:
            return None
        if not fresh:
            with suppress(OSError):  # a store that may only be read costs time, no more
                self._note(file, found, fetched=known is not None and known.fetched)
        return found

    def take(self, file: WeightFile, checksum: str) -> None:
        """Make FILE.part the file, if it is whole and as published; else delete it.

        checksum: what its source says of it: a SHA-256, a git blob id, or "". Call it within `changing`.
        Raises DepthError BAD_WEIGHTS.
        """
        part = self.part(file)
        size, found, expected = part.stat().st_size, sha256(part), file.sha256 or checksum
        actual = git_blob_id(part) if len(expected) == GIT_ID_DIGITS else found
        wrong = ""
        if file.size_bytes and size != file.size_bytes:
            wrong = f"it has {size} bytes instead of {file.size_bytes}"
        elif expected and actual != expected:
            wrong = f"its checksum is {actual} instead of {expected}"
        if wrong:
            part.unlink()
            raise DepthError(
                ExitCode.BAD_WEIGHTS,
                f"{file.path} of {self._info.name} did not come as published: {wrong}. It was deleted.",
                "Run the same command again; if that does not help, the place it comes from has another file.",
            )
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(self.path(file))
        self._note(file, found, fetched=True)

    def bytes_here(self) -> int:
        """How much of the model lies here, downloads that have not ended included."""
        paths = [path for file in self._info.files for path in (self.path(file), self.part(file))]
        return sum(path.stat().st_size for path in paths if path.is_file())

    def unchanged(self) -> bool:
        """Whether every file that is here has the size and time with which it was last verified."""
        known = self.record().files
        here = [file for file in self._info.files if self.path(file).is_file()]
        return all(file.path in known and known[file.path].is_of(self.path(file)) for file in here)

    def remove(self) -> int:
        """Delete the files that the store put here, and folders that are empty then; returns the bytes freed.

        Call it within `changing`.
        """
        record = self.record()
        ours = [self.folder / name for name, known in record.files.items() if known.fetched]
        ours += [self.part(file) for file in self._info.files]
        freed = 0
        for path in filter(Path.is_file, ours):
            freed += path.stat().st_size
            path.unlink()
        folders = {folder for path in ours for folder in path.parents if folder.is_relative_to(self.folder)}
        for folder in sorted(folders, reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        kept = {name: known for name, known in record.files.items() if not known.fetched}
        self._write(replace(record, files=kept))
        return freed

    # --- the record --------------------------------------------------------------------------------------------

    def record(self) -> Record:
        """What is known; an empty record where there is none, or none that can be read: it is built up again."""
        try:
            return from_json(Record, json.loads(self._record_file.read_text(encoding="utf-8")), "the record")
        except (OSError, ValueError, DepthError):
            return Record(self._info.name)

    @property
    def _record_file(self) -> Path:
        return self._shelf / f"{self._info.name}.json"

    def _note(self, file: WeightFile, digest: str, fetched: bool) -> None:
        seen, record = self.path(file).stat(), self.record()
        verified = Verified(seen.st_size, seen.st_mtime_ns, digest, fetched)
        self._write(replace(record, files=record.files | {file.path: verified}))

    def _write(self, record: Record) -> None:
        write_text(self._record_file, to_json(record))


@contextmanager
def _disk_failures(name: str, folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise DepthError(
                ExitCode.DISK_FULL,
                f"The disk is full at {folder}. What has come so far is kept.",
                f"Free some space and go on: depth-engine models fetch {name}",
            ) from None
        where = error.filename or folder
        raise DepthError(
            ExitCode.NOT_WRITABLE, f"Cannot read or write {where}: {error.strerror}.", "Check the folder's permissions."
        ) from None


def sha256(path: Path) -> str:
    """Raises DepthError BAD_WEIGHTS where the file cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DepthError(
            ExitCode.BAD_WEIGHTS, f"Cannot read {path}: {error.strerror}.", "Check the file's permissions."
        ) from None


def git_blob_id(path: Path) -> str:
    """What git, and so the hub, calls a small file by: the SHA-1 of its length and content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
