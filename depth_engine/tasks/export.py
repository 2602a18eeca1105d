# SPDX-License-Identifier: Apache-2.0
"""A result's frames as meshes or points for other programs: files wherever the caller wants them, so it is no job."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from depth_engine.contract import Calibration, DepthError, ExitCode, JobFolder
from depth_engine.footage.frame import Rgb
from depth_engine.geometry.camera import Map, View
from depth_engine.geometry.clouds import cloud_pixels
from depth_engine.geometry.meshes import surface
from depth_engine.geometry.unproject import Places, places, ranged_depth, true_depth
from depth_engine.inference.sizes import PROXY_PIXELS, proxy_size
from depth_engine.outputs.metadata import file_rate
from depth_engine.outputs.pictures import resized, sampled
from depth_engine.outputs.shapes import write_glb, write_mesh_ply, write_points_ply
from depth_engine.tasks.result import ResultFolder

Format = Literal["ply", "glb"]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """frames: first and last file number, both included; None: all. step: every n-th of them.

    shape: a surface, or points (PLY only). near, far: where a shot's range of relative disparity stands; true depth is
    cropped to them, without them (None) not. metric: true depth, of a metric model or by the result's calibration.
    field_of_view: horizontal, in degrees. max_vertices: of each frame. edge_cut: open where depth jumps by more than
    this share; 0: nowhere. axis: which one points up. scale: units of the file for one of depth.
    """

    format: Format = "ply"
    shape: Literal["mesh", "points"] = "mesh"
    frames: tuple[int, int] | None = None
    step: int = 1
    near: float | None = None
    far: float | None = None
    metric: bool = False
    field_of_view: float = 55.0
    max_vertices: int = PROXY_PIXELS
    edge_cut: float = 0.0
    axis: Literal["y", "z"] = "y"
    scale: float = 1.0

    def __post_init__(self) -> None:
        near, far = self.near or 1.0, self.far or 20.0
        checks = (
            (self.step >= 1, f"step {self.step} is not possible", "Use 1 for every frame, 2 for every second one."),
            (0 < near < far, f"near {near:g} and far {far:g} are no range", "Near is above 0 and below far."),
            (1 <= self.field_of_view <= 170, f"field of view {self.field_of_view:g} is out of range", "Use 1 to 170."),
            (self.max_vertices >= 4, f"limit of {self.max_vertices} vertices is too small", "Use 4 or more."),
            (self.edge_cut >= 0, f"edge cut {self.edge_cut:g} is negative", "Use a share such as 0.1; 0 cuts nothing."),
            (self.scale > 0, f"scale {self.scale:g} is not possible", "Use a number above 0."),
            (self.format == "ply" or self.shape == "mesh", "format glb is for meshes", "Write points as ply."),
        )
        for holds, message, hint in checks:
            if not holds:
                raise DepthError(ExitCode.USAGE, f"The {message}.", hint)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: paths in the order of time, bytes and the largest number of vertices."""

    files: tuple[str, ...]
    bytes: int
    vertices: int


def export_result(
    result: ResultFolder, out: Path, options: ExportOptions, progress: Callable[[int, int], None]
) -> Exported:
    """Write the frames to the file `out`, which then ends in the format's name, or to a folder of numbered files.

    Files have the result's numbers. All of them appear together, or none. Raises DepthError BAD_INPUT or USAGE.
    """
    numbers = _numbers(result, options)
    single = out.suffix == f".{options.format}"
    if single and len(numbers) > 1:
        raise DepthError(
            ExitCode.USAGE,
            f"{out.name} holds one frame, but {len(numbers)} are to be written.",
            "Name a folder, or choose one frame: --frames 1:1.",
        )
    frames = _Frames(result, options)
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        most = 0
        for done, number in enumerate(numbers, 1):
            most = max(most, frames.write(part / f"{out.stem}.{number:06}.{options.format}", number))
            progress(done, len(numbers))
        files = _move(part, out, single)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Exported(tuple(map(str, files)), sum(file.stat().st_size for file in files), most)


def _numbers(result: ResultFolder, options: ExportOptions) -> list[int]:
    first, last = options.frames or (result.numbers[0], result.numbers[-1])
    found = [number for number in result.numbers if first <= number <= last][:: options.step]
    if not found:
        raise DepthError(
            ExitCode.BAD_INPUT,
            f"The result has no frames from {first} to {last}.",
            f"It goes from {result.numbers[0]} to {result.numbers[-1]}.",
        )
    return found


def _move(part: Path, out: Path, single: bool) -> list[Path]:
    if single:
        (written,) = part.iterdir()
        return [written.replace(out)]
    own = re.compile(re.escape(out.stem) + r"\.\d+\.(ply|glb)")
    if out.exists():
        if not out.is_dir() or not all(own.fullmatch(file.name) for file in out.iterdir()):
            raise DepthError(ExitCode.USAGE, f"{out} is there and holds other files.", "Name a new folder.")
        shutil.rmtree(out)
    part.replace(out)
    return sorted(out.iterdir())


class _Frames:
    """Writes one frame at a time."""

    def __init__(self, result: ResultFolder, options: ExportOptions) -> None:
        manifest = result.manifest
        facts, depth = manifest.facts, result.depth
        aspect = float(file_rate(facts.pixel_aspect.replace(":", "/")))
        self._result, self._options = result, options
        self._view = View(math.radians(options.field_of_view), facts.height / (facts.width * aspect))
        self._size = proxy_size((depth.width, depth.height), options.max_vertices)
        self._calibration = _calibration(result) if options.metric else None
        self._true = options.metric or manifest.model.kind == "metric"

    def write(self, path: Path, number: int) -> int:
        """One frame's file; gives its number of vertices."""
        disparity = sampled(self._result.disparity(number), self._size)
        depth = self._depth(disparity, number)
        kept = np.isfinite(depth)
        if self._true:
            kept &= (depth >= (self._options.near or 0)) & (depth <= (self._options.far or np.inf))
        depth[~kept] = 1.0
        there = self._turned(places(depth, self._view))
        picture = self._result.path / self._result.manifest.proxy_color.file(number)
        cut = self._options.edge_cut
        if self._options.shape == "points":
            pixels = cloud_pixels(depth, kept, cut)
            write_points_ply(path, there.reshape(-1, 3)[pixels], self._picture(picture).reshape(-1, 3)[pixels])
            return len(pixels)
        found = surface(there, depth, kept, cut)
        if self._options.format == "glb":
            write_glb(path, found, found.places, picture, self._size)
        else:
            write_mesh_ply(path, found, found.places, self._picture(picture))
        return len(found.pixels)

    def _depth(self, disparity: Map, number: int) -> Map:
        if self._true and self._calibration:
            shot = next((shot for shot in self._calibration.shots if shot.first <= number <= shot.last), None)
            if shot is None:
                raise DepthError(
                    ExitCode.BAD_INPUT, f"Frame {number} lies in a shot without calibration.", "Leave it out: --frames."
                )
            return true_depth(disparity, shot.scale, shot.shift)
        if self._true:
            return true_depth(disparity)
        shot = next(shot for shot in self._result.manifest.shots if shot.first <= number <= shot.last)
        return ranged_depth(disparity, shot.p1, shot.p99, self._options.near or 1.0, self._options.far or 20.0)

    def _picture(self, path: Path) -> Rgb:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise DepthError(ExitCode.BAD_INPUT, f"{path.name} is missing or damaged.", "Estimate the depth again.")
        return resized(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8), self._size)

    def _turned(self, there: Places) -> Places:
        if self._options.axis == "z":
            there = np.stack([there[..., 0], -there[..., 2], there[..., 1]], -1)
        return (there * np.float32(self._options.scale)).astype(np.float32)


def _calibration(result: ResultFolder) -> Calibration | None:
    """The result's own; None for a metric model without one. Raises DepthError where depth has no true size."""
    found = JobFolder(result.path).read_calibration()
    if found is None and result.manifest.model.kind != "metric":
        raise DepthError(
            ExitCode.BAD_INPUT,
            "The depth of this result has no true size.",
            "Calibrate it (depth-engine calibrate), or place it with --near and --far.",
        )
    return found
