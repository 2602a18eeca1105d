# SPDX-License-Identifier: Apache-2.0
"""Where a job's files lie in its folder, and how what an earlier run left there is taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from depth_engine.contract import Sequence
from depth_engine.inference.sizes import Size, proxy_size
from depth_engine.outputs.files import PART

NUMBERED = {"exr32": ("depth", "exr"), "exr16": ("depth16", "exr"), "png16": ("png16", "png"), "work": ("work", "exr")}
"""Folder and file type of each numbered sequence; `work` holds float depth until a shot's end, where no EXR stays."""

WORK = "work"
"""The folder of what only a job in progress needs."""

FOLDERS = ("depth", "depth16", "png16", "npz", "proxy", "preview", "normals", "lighting", "work")

OWN_FILE = re.compile(
    r".+(\.\d{6,}(-\d{6,})?\.(exr|png|jpg|npz|raw)|\.mp4|\.(seams|sheet|calibration)\.png)(\.part)?|normals\.json(\.part)?"
)
"""The names that the engine gives to its outputs: nothing else is ever deleted."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The relative paths of one job's outputs. `size` is that of the written depth; alpha: the footage has some."""

    name: str
    size: Size
    alpha: bool = False

    def depth(self, kind: str) -> Sequence:
        """The sequence of "exr32", "exr16", "png16" or "work"."""
        folder, suffix = NUMBERED[kind]
        return Sequence(f"{folder}/{self.name}.######.{suffix}", *self.size)

    @property
    def proxy_depth(self) -> Sequence:
        return Sequence("proxy/depth.######.exr", *proxy_size(self.size))

    @property
    def proxy_color(self) -> Sequence:
        suffix = "png" if self.alpha else "jpg"
        return Sequence(f"proxy/color.######.{suffix}", *proxy_size(self.size))

    @property
    def preview(self) -> str:
        return f"preview/{self.name}.mp4"

    @property
    def seam_picture(self) -> str:
        return f"preview/{self.name}.seams.png"

    @property
    def contact_sheet(self) -> str:
        return f"preview/{self.name}.sheet.png"

    def preview_part(self, first: int, last: int) -> str:
        """The preview of one shot, until the job's end."""
        return f"{WORK}/{self.name}.{first:06}-{last:06}.mp4"


def has_outputs(folder: Path) -> bool:
    """Whether a run has written anything here."""
    return any(True for _ in _own_files(folder))


def remove_outputs(folder: Path) -> bool:
    """Take away every output of an earlier run; returns whether there was one. Other files stay."""
    outputs = list(_own_files(folder))
    for path in outputs:
        path.unlink()
    _remove_empty(folder)
    return bool(outputs)


def remove_unfinished(folder: Path, *, work: bool) -> None:
    """Take away half-written files and, with `work`, the work folder; what is whole stays."""
    for path in _own_files(folder):
        if path.suffix == PART or (work and path.parent.name == WORK):
            path.unlink(missing_ok=True)
    _remove_empty(folder)


def _own_files(folder: Path) -> Iterator[Path]:
    for name in FOLDERS:
        if (folder / name).is_dir():
            yield from (path for path in (folder / name).iterdir() if OWN_FILE.fullmatch(path.name))


def _remove_empty(folder: Path) -> None:
    for name in FOLDERS:
        with suppress(OSError):  # not there, or something of somebody else's is in it
            (folder / name).rmdir()
