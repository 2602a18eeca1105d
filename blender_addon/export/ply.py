# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of binary PLY files, one a frame, with colors: for points and for reliefs. A writer of our own, because
Blender's leaves out point clouds and the colors that Geometry Nodes make.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .format import Format, Progress, damaged, largest, placed
from .sampling import Sample, Sampler
from .settings import ExportSettings
from .source import Source

_POSITION = [(axis, "<f4") for axis in "xyz"]
_COLOR = [(color, "u1") for color in ("red", "green", "blue")]
_NAMES = {"<f4": "float", "u1": "uchar"}


class Ply(Format):
    name = "PLY"
    title = "PLY Sequence"
    tip = "A folder of binary PLY files with colors, numbered by the scene's frames; for points and reliefs"
    extension = ""
    points = True
    holds_rate = False

    def estimate_bytes(self, source: Source, settings: ExportSettings) -> int:
        shape = source.shape(settings)
        vertex = np.dtype(_vertex(settings)).itemsize
        return largest(shape, shape.vertices * vertex + shape.faces * 17 + 300)

    def write(self, sampler: Sampler, folder: Path, name: str, progress: Progress) -> None:
        settings, frames = sampler.settings, sampler.settings.frames
        for done, frame in enumerate(frames):
            progress(done, len(frames))
            (folder / _file(name, frame)).write_bytes(_encoded(sampler.sample(frame), settings))

    def check(self, sampler: Sampler, folder: Path, name: str) -> None:
        frames = sampler.settings.frames
        if len(list(folder.iterdir())) != len(frames):
            raise damaged(folder, "files are missing")
        for frame in frames:
            path = folder / _file(name, frame)
            if not _is_whole(path, sampler.settings):
                raise damaged(path, "its length is not what its header says")


def _file(name: str, frame: int) -> str:
    return f"{name}.{frame:06d}.ply"


def _vertex(settings: ExportSettings) -> list[tuple[str, str]]:
    return _POSITION if settings.colors == "NONE" else _POSITION + _COLOR


def _encoded(sample: Sample, settings: ExportSettings) -> bytes:
    fields = _vertex(settings)
    vertices = np.empty(len(sample.positions), fields)
    for axis, values in zip("xyz", placed(sample, settings).T):
        vertices[axis] = values
    if settings.colors != "NONE":
        for color, values in zip(("red", "green", "blue"), sample.colors.T):
            vertices[color] = values
    corners = sample.faces.shape[1]
    faces = np.empty(len(sample.faces), [("count", "u1"), ("vertices", "<i4", (corners,))])
    faces["count"], faces["vertices"] = corners, sample.faces
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(vertices)}"]
    header += [f"property {_NAMES[kind]} {field}" for field, kind in fields]
    if len(faces):
        header += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
    return "\n".join([*header, "end_header\n"]).encode() + vertices.tobytes() + faces.tobytes()


def _is_whole(path: Path, settings: ExportSettings) -> bool:
    """Whether a file holds as many vertices and faces as its header says, and nothing else."""
    head, _, data = path.read_bytes().partition(b"end_header\n")
    counts = {words[1]: int(words[2]) for words in map(bytes.split, head.splitlines()) if words[0] == b"element"}
    vertices = counts[b"vertex"] * np.dtype(_vertex(settings)).itemsize
    faces = counts.get(b"face", 0)
    return len(data) == vertices + (faces * (1 + 4 * data[vertices]) if faces else 0)
