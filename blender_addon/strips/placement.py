# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a job's strip lies on the timeline: kept in the job folder, so that results find their place. Pure: no bpy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..engine import contract

FILE_NAME = "placement.json"


@dataclass(frozen=True, slots=True)
class Placement:
    """The strip as it was when its job was started.

    strip_id: a custom property of the strip, which its copies share. left, right: first frame, and the frame after
    the last. number_one: scene frame at which file number 1 shows or would show. content_start: scene frame of the
    footage's first frame, to tell later by how much the content has been moved. rate: frames a second, exact.
    preview: the job is a quick look at a few frames, not the strip's depth.
    on_canvas: the job's frames show the scene's whole picture, not the footage's own.
    """

    scene: str
    strip_name: str
    strip_id: str
    left: int
    right: int
    channel: int
    number_one: int
    content_start: int
    rate: str
    on_canvas: bool
    preview: bool = False

    def save(self, folder: Path) -> None:
        """Write placement.json into a job folder."""
        contract.write_text(folder / FILE_NAME, contract.to_json(self))

    @staticmethod
    def load(folder: Path) -> Placement | None:
        """The job folder's placement; None if the job did not come from a strip. Raises DepthError if it is damaged."""
        file = folder / FILE_NAME
        if not file.exists():
            return None
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise contract.DepthError(
                contract.ExitCode.BAD_JOB, f"Cannot read {file}.", "Estimate the depth again."
            ) from None
        return contract.load(Placement, text, FILE_NAME)
