# SPDX-License-Identifier: GPL-3.0-or-later
"""Point caches for an unchanging mesh, PC2 and MDD, each with that mesh as OBJ beside it: what the Mesh Cache modifier
and many other programs play, fast.
"""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from .format import Format, Progress, damaged, largest, placed, same_faces
from .sampling import Sample, Sampler
from .settings import ExportSettings
from .source import Source


class PointCache(Format):
    """A cache file with positions of every frame, and an OBJ with the faces and the UV map."""

    one_topology = True

    def estimate_bytes(self, source: Source, settings: ExportSettings) -> int:
        shape = source.shape(settings)
        mesh = shape.vertices * 60 + shape.faces * 58
        return largest(shape, shape.vertices * 12 + 4, mesh)

    def write(self, sampler: Sampler, folder: Path, name: str, progress: Progress) -> None:
        settings, frames = sampler.settings, sampler.settings.frames
        first = sampler.sample(settings.first)
        (folder / f"{name}.obj").write_text(_obj(first, placed(first, settings)), encoding="ascii")
        with (folder / (name + self.extension)).open("wb") as file:
            self.write_header(file, len(first.positions), settings)
            for done, frame in enumerate(frames):
                progress(done, len(frames))
                sample = sampler.sample(frame)
                same_faces(first, sample, self.title, frame)
                self.write_frame(file, placed(sample, settings))

    def check(self, sampler: Sampler, folder: Path, name: str) -> None:
        path = folder / (name + self.extension)
        frames, vertices = self.read_header(path)
        if frames != len(sampler.settings.frames):
            raise damaged(path, f"it has {frames} frames")
        if path.stat().st_size != self.header_bytes(frames) + frames * vertices * 12:
            raise damaged(path, "its length is not what its header says")

    @abstractmethod
    def write_header(self, file: BinaryIO, vertices: int, settings: ExportSettings) -> None: ...

    @abstractmethod
    def write_frame(self, file: BinaryIO, positions: NDArray[np.float32]) -> None: ...

    @abstractmethod
    def read_header(self, path: Path) -> tuple[int, int]:
        """The number of frames and of vertices."""

    @abstractmethod
    def header_bytes(self, frames: int) -> int: ...


class Pc2(PointCache):
    name = "PC2"
    title = "PC2"
    tip = "A point cache (PC2) and its mesh (OBJ): for the Mesh Cache modifier, 3ds Max, Maya, Houdini"
    extension = ".pc2"
    holds_rate = False

    def write_header(self, file: BinaryIO, vertices: int, settings: ExportSettings) -> None:
        header = np.zeros(1, _PC2)
        header["magic"], header["version"], header["vertices"] = b"POINTCACHE2", 1, vertices
        header["start"], header["rate"], header["frames"] = settings.first, settings.step, len(settings.frames)
        file.write(header.tobytes())

    def write_frame(self, file: BinaryIO, positions: NDArray[np.float32]) -> None:
        file.write(positions.tobytes())

    def read_header(self, path: Path) -> tuple[int, int]:
        header = np.fromfile(path, _PC2, 1)[0]
        return int(header["frames"]), int(header["vertices"])

    def header_bytes(self, frames: int) -> int:
        return _PC2.itemsize


_PC2 = np.dtype(
    [("magic", "S12"), ("version", "<i4"), ("vertices", "<i4"), ("start", "<f4"), ("rate", "<f4"), ("frames", "<i4")]
)


class Mdd(PointCache):
    name = "MDD"
    title = "MDD"
    tip = "A point cache (MDD) and its mesh (OBJ): for LightWave, modo, Cinema 4D and the Mesh Cache modifier"
    extension = ".mdd"

    def write_header(self, file: BinaryIO, vertices: int, settings: ExportSettings) -> None:
        frames = settings.frames
        file.write(np.array([len(frames), vertices], ">i4").tobytes())
        file.write((np.array(frames) / settings.rate).astype(">f4").tobytes())

    def write_frame(self, file: BinaryIO, positions: NDArray[np.float32]) -> None:
        file.write(positions.astype(">f4").tobytes())

    def read_header(self, path: Path) -> tuple[int, int]:
        frames, vertices = np.fromfile(path, ">i4", 2)
        return int(frames), int(vertices)

    def header_bytes(self, frames: int) -> int:
        return 8 + 4 * frames


def _obj(sample: Sample, positions: NDArray[np.float32]) -> str:
    """The mesh of the first frame, its vertices in the cache's order."""
    lines = [f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in positions.tolist()]
    lines += [f"vt {u:.7g} {v:.7g}" for u, v in sample.uv.tolist()]
    lines += ["f " + " ".join(f"{corner}/{corner}" for corner in face) for face in (sample.faces + 1).tolist()]
    return "\n".join(lines) + "\n"
