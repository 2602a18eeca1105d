# SPDX-License-Identifier: Apache-2.0
"""A finished result as tasks read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from depth_engine.contract import DepthError, ExitCode, JobFolder, Manifest, Sequence
from depth_engine.models.base import Disparity
from depth_engine.outputs.exr import read_exr


@dataclass(frozen=True, slots=True)
class ResultFolder:
    """A result's folder and its manifest."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path) -> ResultFolder:
        """Raises DepthError BAD_INPUT where no result is, BAD_JOB or CONTRACT_MISMATCH where it cannot be read."""
        manifest = JobFolder(path).read_manifest()
        if manifest is None:
            raise DepthError(
                ExitCode.BAD_INPUT,
                f"There is no finished result in {path}.",
                "Name the folder that `depth-engine estimate` made, the one with manifest.json.",
            )
        return cls(path, manifest)

    @property
    def numbers(self) -> tuple[int, ...]:
        """File numbers of the computed frames, in the order of time."""
        return tuple(frame.number for frame in self.manifest.frames)

    @property
    def depth(self) -> Sequence:
        """The largest float depth that there is: EXR in 32 or 16 bits, else what Blender plays, at grid size."""
        written = self.manifest.depth
        return written.get("exr32") or written.get("exr16") or self.manifest.proxy_depth

    def disparity(self, number: int) -> Disparity:
        """Raw Y [H,W], float32, of the frame with this file number. Raises DepthError BAD_INPUT."""
        path = self.path / self.depth.file(number)
        if number not in self.numbers:
            first, last = self.numbers[0], self.numbers[-1]
            raise DepthError(
                ExitCode.BAD_INPUT,
                f"Frame {number} was not computed.",
                f"The result goes from {first} to {last}; with a step or a rate frames between are left out.",
            )
        try:
            return read_exr(path)
        except (OSError, RuntimeError, ValueError, KeyError):
            raise DepthError(
                ExitCode.BAD_INPUT, f"{path} is missing or damaged.", "Estimate the depth again."
            ) from None
