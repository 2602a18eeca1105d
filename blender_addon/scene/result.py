# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished job as the scene's builders need it: no bpy, plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..engine import contract
from ..engine.contract import Calibration, DepthError, ExitCode, JobFolder, Manifest
from ..strips.placement import Placement
from .timing import Key, file_number_keys


@dataclass(frozen=True, slots=True)
class Result:
    """folder: the job folder, absolute. number_one: scene frame at which file number 1 shows or would show.

    calibration: from disparity to depth, where that has been fitted.
    """

    folder: Path
    manifest: Manifest
    number_one: int
    calibration: Calibration | None = None

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def identity(self) -> str:
        """The same for every load of one result, also after its folder has been moved."""
        return self.folder.name

    @property
    def numbers(self) -> tuple[int, ...]:
        """The file numbers that exist, increasing."""
        return tuple(frame.number for frame in self.manifest.frames)

    @property
    def pixel_aspect(self) -> float:
        """Width of a source pixel over its height."""
        return float(Fraction(self.manifest.facts.pixel_aspect.replace(":", "/")))

    @property
    def picture_aspect(self) -> float:
        """Height of the picture over its width, as it is shown."""
        facts = self.manifest.facts
        return facts.height / (facts.width * self.pixel_aspect)

    @property
    def metric(self) -> bool:
        return self.manifest.model.kind == "metric"

    def file_keys(self, offset: int = 0, shown: Sequence[int] = ()) -> list[Key]:
        """Which file shows when. offset: by how many files beside it, within its shot.

        shown: the numbers that another sequence has for these files.
        """
        return file_number_keys(self.numbers, self.number_one, self.manifest.shots, offset, shown)

    def file(self, sequence: contract.Sequence, number: int) -> Path:
        return self.folder / sequence.file(number)


def load_result(folder: Path) -> Result:
    """Read a job folder's manifest, and its placement on the timeline if the job came from a strip.

    Without a placement, file number n shows at scene frame n. Raises DepthError when the job has not succeeded or
    its manifest cannot be used.
    """
    folder = folder.absolute()  # not resolved: a path through a link stays relative to a file beside it
    job = JobFolder(folder)
    manifest = job.read_manifest()
    if manifest is None:
        raise DepthError(ExitCode.BAD_JOB, f"{folder.name} holds no finished result.", "Let the job end first.")
    if not manifest.frames:
        raise DepthError(ExitCode.BAD_JOB, f"{folder.name} holds no frames.", "Estimate the depth again.")
    placement = Placement.load(folder)
    return Result(folder, manifest, placement.number_one if placement else 1, job.read_calibration())
