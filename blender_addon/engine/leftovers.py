# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in the folders of ended jobs and is of no more use, or can be made again. Never depth nor a manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .contract import JobFolder


class Kind(StrEnum):
    """UNFINISHED: from where a broken-off job could go on. FOOTAGE: frames that were rendered for a finished job.
    RECORDS: what earlier runs of a job told.
    """

    UNFINISHED = "unfinished"
    FOOTAGE = "footage"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file, or a folder of files."""

    kind: Kind
    path: Path

    @property
    def bytes(self) -> int:
        """What it holds now."""
        files = self.path.iterdir() if self.path.is_dir() else [self.path]
        return sum(file.lstat().st_size for file in files)


def leftovers(folder: JobFolder, footage: str) -> Iterator[Leftover]:
    """What can be taken away from the folder of a job that has ended. footage: the folder of rendered frames."""
    for name in (folder.checkpoint_file.parent.name, "work"):
        yield Leftover(Kind.UNFINISHED, folder.path / name)
    if folder.manifest_file.exists():
        yield Leftover(Kind.FOOTAGE, folder.path / footage)
    for path in sorted(folder.path.glob("events.*.jsonl")):
        yield Leftover(Kind.RECORDS, path)


def by_kind(found: Iterable[Leftover]) -> dict[Kind, int]:
    """Bytes of each kind that is there; what cannot be read counts nothing."""
    sizes: dict[Kind, int] = {}
    for leftover in found:
        try:
            sizes[leftover.kind] = sizes.get(leftover.kind, 0) + leftover.bytes
        except OSError:
            continue
    return sizes
