# SPDX-License-Identifier: GPL-3.0-or-later
"""Where job folders lie, and how they are found again after Blender was closed."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any, cast

import bpy

from ..engine.contract import clip_name, write_text
from ..preferences import PACKAGE

SUFFIX = ".depth"
REMEMBERED = 1000


def user_folder() -> Path:
    """The add-on's own writable folder."""
    return Path(bpy.utils.extension_path_user(PACKAGE, create=True))


def file_folder() -> Path | None:
    """The folder `depth` beside the saved .blend; None while it is not saved."""
    return Path(bpy.data.filepath).parent / "depth" if bpy.data.filepath else None


def results_folder(*chosen: str) -> Path:
    """Where a new job folder is put: the first folder that was chosen, else beside the file, else the user's."""
    for text in chosen:
        if text.startswith("//") and not bpy.data.filepath:
            continue  # relative to a file that does not exist yet
        if text:
            return Path(cast("Any", bpy.path).abspath(text))
    return file_folder() or user_folder() / "results"


def new_job_folder(parent: Path, name: str) -> Path:
    """A path that does not exist yet: the clip's name and a short random end."""
    return parent / f"{clip_name(name)}-{uuid.uuid4().hex[:8]}{SUFFIX}"


def job_name(folder: Path) -> str:
    """The clip's name in a job folder's name."""
    stem = folder.name.removesuffix(SUFFIX)
    name, dash, end = stem.rpartition("-")
    return name if dash and len(end) == 8 else stem


def job_folders(parent: Path | None) -> list[Path]:
    """The job folders that lie in a folder, oldest first."""
    try:
        found = [path for path in parent.iterdir() if path.suffix == SUFFIX and path.is_dir()] if parent else []
        return sorted(found, key=lambda path: path.stat().st_mtime)
    except OSError:  # not there (yet), or a drive that is away
        return []


class JobIndex:
    """The job folders that this user started, wherever they lie, in the queue's order, those that were dismissed, and
    whether the queue is held; a small JSON file. Another Blender may have changed it: every change begins with what
    the file holds now.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._refresh()

    @property
    def folders(self) -> list[Path]:
        """Started and not dismissed, in the queue's order."""
        return [path for path in self._folders if path not in self._dismissed]

    @property
    def held(self) -> bool:
        """Whether no job of the queue begins."""
        return self._held

    @held.setter
    def held(self, held: bool) -> None:
        self._refresh()
        self._held = held
        self._write()

    def is_dismissed(self, folder: Path) -> bool:
        return folder in self._dismissed

    def add(self, folder: Path) -> None:
        self._refresh()
        self._folders = [*(path for path in self._folders if path != folder), folder][-REMEMBERED:]
        self._dismissed = [path for path in self._dismissed if path != folder]
        self._write()

    def arrange(self, folders: list[Path]) -> None:
        """Keep the order of these folders; those that are not among them come first."""
        self._refresh()
        places = {folder: number for number, folder in enumerate(folders)}
        self._folders.sort(key=lambda folder: places.get(folder, -1))
        self._write()

    def dismiss(self, folder: Path) -> None:
        """Do not show this folder again, though it is still there."""
        self._refresh()
        self._folders = [path for path in self._folders if path != folder]
        self._dismissed = [*self._dismissed, folder][-REMEMBERED:]
        self._write()

    def _refresh(self) -> None:
        self._folders, self._dismissed, self._held = self._read()

    def _read(self) -> tuple[list[Path], list[Path], bool]:
        """A missing or damaged index is an empty one: it only saves searching."""
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return [], [], False
        table = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        return _paths(table.get("folders")), _paths(table.get("dismissed")), table.get("held") is True

    def _write(self) -> None:
        table = {
            "folders": list(map(str, self._folders)),
            "dismissed": list(map(str, self._dismissed)),
            "held": self._held,
        }
        write_text(self._path, json.dumps(table, indent=1) + "\n")


def _paths(value: object) -> list[Path]:
    return (
        [Path(item) for item in cast("list[object]", value) if isinstance(item, str)] if isinstance(value, list) else []
    )
