# SPDX-License-Identifier: GPL-3.0-or-later
"""What an exported object looks like at a frame, as arrays.

Copies are evaluated in a scene of their own: the artist's scene, selection, frame and objects stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np
from numpy.typing import NDArray

from ..engine.contract import DepthError, ExitCode
from ..scene.materials import COLOR_ATTRIBUTE, UV_MAP
from ..scene.nodes import FLAT, get_input, input_path, set_input
from ..scene.playback import player
from .settings import ExportSettings
from .source import Source

CUTS = ("Edge Cut", "Grazing Cut", "Sky Cut", "Crop Near", "Crop Far", "Mask From")
"""The live controls that open the surface; at 0 they do not."""
_NEAREST, _FARTHEST = 1e-3, 1e6
_NO_CORNERS = np.zeros(0, np.int32)

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame in world space and Blender units.

    positions [N,3]; faces [F,4] or [F,3] (none of points); uv [N,2] from the picture's lower left (zeros of points);
    radii [N] (zeros of a relief); colors [N,3], sRGB.
    """

    positions: Floats
    faces: NDArray[np.int32]
    uv: Floats
    radii: Floats
    colors: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class View:
    """The camera at one frame. matrix: [4,4], to world space, without scale. angle: horizontal, in radians. near, far:
    what it sees.
    """

    matrix: NDArray[np.float64]
    angle: float
    near: float
    far: float


class Sampler:
    """Evaluates a source frame by frame, between entering and leaving."""

    def __init__(self, source: Source, settings: ExportSettings, scene: bpy.types.Scene, stride: int = 1) -> None:
        """scene: where the source is. stride: thins the grid on top of the source's own stride."""
        self.source, self.settings, self.stride = source, settings, stride
        self.shape = source.shape(settings, stride)
        self._render = scene.render
        self._result = source.result()
        self._crop = source.value("Near"), source.value("Far")
        self._clamps = bool(source.value("Metric")) and source.value("Projection") != FLAT

    def __enter__(self) -> Sampler:
        self._scene = bpy.data.scenes.new("Depth Export")
        self._scene.render.fps, self._scene.render.fps_base = self._render.fps, self._render.fps_base
        self._shown = self._copy(self.source.shown)
        self._camera = self._copy(self.source.camera) if self.source.camera else None
        if not self.source.points:
            self._fix("Vertex Colors", True)
        self._fix("Stride", self.stride * max(1, round(self.source.value("Stride"))))
        self._frozen: Sample | None = None
        self._still: NDArray[np.uint8] | None = None
        if self.settings.surface == "FROZEN":
            self._frozen = self._read(self.settings.freeze)
        if self.settings.surface != "SHOWN":
            self._close_cuts()
        return self

    def __exit__(self, *_: object) -> None:
        for copy in filter(None, (self._shown, self._camera)):
            bpy.data.objects.remove(copy)
        bpy.data.scenes.remove(self._scene)

    def sample(self, frame: int) -> Sample:
        """The geometry at a scene frame. Raises DepthError when it shows nothing."""
        found = self._read(frame)
        if self.settings.surface != "SHOWN" and self._clamps:
            found = self._clamped(found)
        if self._frozen is not None:
            found = _opened_as(found, self._frozen)
        if self.settings.colors == "FIRST":
            found = replace(found, colors=self._first_colors(len(found.positions)))
        return self._in_world(found)

    def _first_colors(self, count: int) -> NDArray[np.uint8]:
        if self._still is None:
            self._still = self._read(self.settings.first).colors
        if len(self._still) != count:
            raise DepthError(
                ExitCode.USAGE,
                "The first frame's colors fit no other frame: their vertices differ.",
                "Choose colors of every frame, or the surface Whole.",
            )
        return self._still

    def view(self, frame: int) -> View | None:
        """The camera at a scene frame; None where there is none."""
        if self._camera is None:
            return None
        self._scene.frame_set(frame)
        placed = self._evaluated(self._camera)
        matrix = np.array(placed.matrix_world, np.float64)
        matrix[:3, :3] /= np.linalg.norm(matrix[:3, :3], axis=0)
        lens = cast("bpy.types.Camera", placed.data)
        return View(matrix, lens.angle_x, lens.clip_start, lens.clip_end)

    def footage(self, frame: int) -> Path:
        """The file with the footage's picture at a scene frame."""
        self._scene.frame_set(frame)
        modifier = player(self._evaluated(self._shown))
        number = round(get_input(modifier, "Frame"))
        return self._result.file(self._result.manifest.proxy_color, number)

    @property
    def picture_aspect(self) -> float:
        """Height of the picture over its width."""
        return self._result.picture_aspect

    def _copy(self, original: bpy.types.Object) -> bpy.types.Object:
        copy = original.copy()
        copy.hide_viewport = False
        self._scene.collection.objects.link(copy)
        return copy

    def _fix(self, name: str, value: float) -> None:
        """Give an input of the copy one value, whatever its keys and drivers say: drivers have the last word."""
        modifier = player(self._shown)
        set_input(modifier, name, value)
        path = input_path(modifier, name)
        self._shown.driver_remove(path)
        curve = cast("bpy.types.FCurve", self._shown.driver_add(path))
        cast("bpy.types.Driver", curve.driver).expression = str(int(value) if isinstance(value, bool) else value)

    def _close_cuts(self) -> None:
        for name in CUTS:
            self._fix(name, 0)
        if self._clamps:
            self._fix("Near", _NEAREST)
            self._fix("Far", _FARTHEST)

    def _clamped(self, found: Sample) -> Sample:
        """Metric depth at Near and Far instead of cropped there, along the pixels' rays."""
        near, far = sorted(self._crop)
        depth = -found.positions[:, 2:]
        positions = found.positions * (np.clip(depth, near, far) / depth)
        return replace(found, positions=positions.astype(np.float32))

    def _evaluated(self, placed: bpy.types.Object) -> bpy.types.Object:
        return placed.evaluated_get(cast("bpy.types.Depsgraph", self._scene.view_layers[0].depsgraph))

    def _read(self, frame: int) -> Sample:
        self._scene.frame_set(frame)
        data = cast("Any", self._evaluated(self._shown).data)
        positions = _values(data, "position", "vector", 3)
        if not len(positions):
            raise DepthError(
                ExitCode.BAD_INPUT, f"{self.source.shown.name} shows nothing at frame {frame}.", "See its modifier."
            )
        count, points = len(positions), self.source.points
        corners, faces = (_NO_CORNERS, np.zeros((0, 4), np.int32)) if points else _faces(data)
        uv = np.zeros((count, 2), np.float32) if points else _at_vertices(data, UV_MAP, "vector", 2, corners, count)
        radii = _values(data, "radius", "value", 1)[:, 0] if points else np.zeros(count, np.float32)
        linear = _at_vertices(data, COLOR_ATTRIBUTE, "color", 4, corners, count)[:, :3]
        return Sample(positions, faces, uv, radii, _encoded(linear))

    def _in_world(self, found: Sample) -> Sample:
        matrix = np.array(self._evaluated(self._shown).matrix_world, np.float64)
        positions = found.positions @ matrix[:3, :3].T + matrix[:3, 3]
        radii = found.radii * np.cbrt(abs(np.linalg.det(matrix[:3, :3])))
        return replace(found, positions=positions.astype(np.float32), radii=radii.astype(np.float32))


def _values(data: Any, name: str, field: str, length: int) -> Floats:
    """An attribute's values [N,length]."""
    found = data.attributes[name].data
    values = np.empty(len(found) * length, np.float32)
    found.foreach_get(field, values)
    return values.reshape(-1, length)


def _at_vertices(data: Any, name: str, field: str, length: int, corners: NDArray[np.int32], count: int) -> Floats:
    """An attribute of points or of face corners, whose corners at one vertex agree, at the vertices: [count,length]."""
    values = _values(data, name, field, length)
    if data.attributes[name].domain == "POINT":
        return values
    placed = np.zeros((count, length), np.float32)
    placed[corners] = values
    return placed


def _faces(mesh: bpy.types.Mesh) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The vertex of each face corner, and the faces as quads or, where they differ, as triangles."""
    corners = np.empty(len(mesh.loops), np.int32)
    cast("Any", mesh.attributes[".corner_vert"]).data.foreach_get("value", corners)
    sizes = np.empty(len(mesh.polygons), np.int32)
    cast("Any", mesh.polygons).foreach_get("loop_total", sizes)
    if not len(sizes) or ((sizes == sizes[0]).all() and sizes[0] in (3, 4)):
        return corners, corners.reshape(-1, sizes[0] if len(sizes) else 4)
    mesh.calc_loop_triangles()
    triangles = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    cast("Any", mesh.loop_triangles).foreach_get("vertices", triangles)
    return corners, triangles.reshape(-1, 3)


def _opened_as(whole: Sample, frozen: Sample) -> Sample:
    """What another frame shows of the surface; vertices are known by their place in the picture."""
    known, wanted = (np.ascontiguousarray(found.uv).view(np.int64)[:, 0] for found in (whole, frozen))
    order = np.argsort(known)
    kept = order[np.searchsorted(known, wanted, sorter=order)]
    return replace(frozen, positions=whole.positions[kept], colors=whole.colors[kept])


def _encoded(linear: Floats) -> NDArray[np.uint8]:
    """Linear light as 8-bit sRGB."""
    light = np.clip(linear, 0.0, 1.0)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)
