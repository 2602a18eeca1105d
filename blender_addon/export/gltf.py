# SPDX-License-Identifier: GPL-3.0-or-later
"""Binary glTF: the first frame's mesh with a morph target for every further frame, thinned to a size budget.

Written without Blender's exporter: that one wants shape keys and an add-on that may be off, and its size is known only
afterwards. glTF knows no animated textures or colors: the picture is that of the first frame.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ..engine.contract import DepthError, ExitCode
from .format import Format, Progress, conversion, damaged, placed, same_faces
from .glb import INDICES, VERTICES, Glb, read_document
from .sampling import Sample, Sampler
from .settings import MEGABYTE, ExportSettings
from .source import Source

_MEDIA = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
_CLAMP = 33071
# Bytes, at most: of a morph target in the document; of a frame's time and camera; of a pixel of the footage as JPEG.
_TARGET_JSON, _CAMERA_FRAME, _PIXEL_BYTES = 330, 32, 1


class Gltf(Format):
    name = "GLTF"
    title = "glTF"
    tip = "One binary glTF file (.glb): a mesh that morphs from frame to frame, thinned to a budget, and the camera"
    extension = ".glb"
    one_topology = True
    holds_camera = True
    axes = ("-Z", "Y")

    def sampler(self, source: Source, settings: ExportSettings, scene: bpy.types.Scene) -> Sampler:
        return Sampler(source, settings, scene, _stride(source, settings))

    def estimate_bytes(self, source: Source, settings: ExportSettings) -> int:
        return _bytes(source, settings, _stride(source, settings))

    def write(self, sampler: Sampler, folder: Path, name: str, progress: Progress) -> None:
        settings, frames, glb = sampler.settings, sampler.settings.frames, Glb()
        first = sampler.sample(settings.first)
        base = placed(first, settings)
        targets: list[dict[str, int]] = []
        for done, frame in enumerate(frames[1:], 1):
            progress(done, len(frames))
            sample = sampler.sample(frame)
            same_faces(first, sample, self.title, frame)
            targets.append({"POSITION": glb.accessor(placed(sample, settings) - base, VERTICES, bounds=True)})
        glb.document |= {"scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"name": name, "mesh": 0}]}
        _add_mesh(glb, name, sampler, first, targets)
        times = (np.arange(len(frames)) * settings.step / settings.rate).astype("<f4")
        animation = _Animation(glb, glb.accessor(times, bounds=True))
        if targets:
            animation.add(0, "weights", np.eye(len(frames), dtype="<f4")[:, 1:].ravel())
        if settings.camera and sampler.source.camera:
            _add_camera(glb, name, sampler, animation)
        if not (targets or len(glb.document["nodes"]) > 1):
            del glb.document["animations"]
        glb.write(folder / (name + self.extension))

    def check(self, sampler: Sampler, folder: Path, name: str) -> None:
        path, frames = folder / (name + self.extension), len(sampler.settings.frames)
        try:
            document = read_document(path)
        except ValueError as error:
            raise damaged(path, str(error)) from None
        targets = document["meshes"][0]["primitives"][0].get("targets", ())
        if len(targets) != frames - 1:
            raise damaged(path, f"it has {len(targets) + 1} frames")
        if path.stat().st_size > sampler.settings.budget:
            raise damaged(path, "it is larger than its budget")


def _stride(source: Source, settings: ExportSettings) -> int:
    """How much the grid must be thinned to keep the budget. Raises DepthError where nothing is enough."""
    shape = source.shape(settings)
    strides = range(1, max(shape.columns, shape.rows))
    found = bisect_left(strides, True, key=lambda stride: _bytes(source, settings, stride) <= settings.budget)
    if found == len(strides):
        raise DepthError(
            ExitCode.USAGE,
            f"{shape.frames} frames do not fit into {settings.budget / MEGABYTE:.3g} MB as glTF.",
            "Give it more megabytes, fewer frames, or a larger step.",
        )
    return strides[found]


def _bytes(source: Source, settings: ExportSettings, stride: int) -> int:
    shape = source.shape(settings, stride)
    mesh = shape.vertices * (12 + 8) + shape.faces * 24
    morphs = (shape.frames - 1) * (shape.vertices * 12 + shape.frames * 4 + _TARGET_JSON)
    picture = 0 if settings.colors == "NONE" else source.pixels * _PIXEL_BYTES
    return mesh + morphs + shape.frames * _CAMERA_FRAME + picture + 4000


class _Animation:
    """The file's one animation: what changes from frame to frame, each value held until the next."""

    def __init__(self, glb: Glb, times: int) -> None:
        self._glb, self._times = glb, times
        self._channels: list[Any] = []
        self._samplers: list[Any] = []
        glb.document["animations"] = [{"channels": self._channels, "samplers": self._samplers}]

    def add(self, node: int, path: str, values: NDArray[np.floating[Any]]) -> None:
        self._channels.append({"sampler": len(self._samplers), "target": {"node": node, "path": path}})
        output = self._glb.accessor(values.astype("<f4"))
        self._samplers.append({"input": self._times, "output": output, "interpolation": "STEP"})


def _add_mesh(glb: Glb, name: str, sampler: Sampler, first: Sample, targets: list[dict[str, int]]) -> None:
    faces = first.faces
    triangles = np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]]) if faces.shape[1] == 4 else faces
    attributes = {"POSITION": glb.accessor(placed(first, sampler.settings), VERTICES, bounds=True)}
    primitive: dict[str, Any] = {
        "attributes": attributes,
        "indices": glb.accessor(triangles.astype("<u4").ravel(), INDICES),
        "material": 0,
    }
    mesh: dict[str, Any] = {"name": name, "primitives": [primitive]}
    if targets:
        primitive["targets"] = targets
        mesh["weights"] = [0.0] * len(targets)
        mesh["extras"] = {"targetNames": [str(frame) for frame in sampler.settings.frames[1:]]}
    glb.document["meshes"] = [mesh]
    color: dict[str, Any] = {"metallicFactor": 0.0}
    if sampler.settings.colors != "NONE":
        attributes["TEXCOORD_0"] = glb.accessor((first.uv * (1, -1) + (0, 1)).astype("<f4"), VERTICES)
        color["baseColorTexture"] = {"index": _add_picture(glb, sampler)}
    # The footage has its light in it already.
    unlit: dict[str, Any] = {"KHR_materials_unlit": {}}
    material: dict[str, Any] = {"name": name, "pbrMetallicRoughness": color, "doubleSided": True, "extensions": unlit}
    glb.document |= {"materials": [material], "extensionsUsed": list(unlit)}


def _add_picture(glb: Glb, sampler: Sampler) -> int:
    """The footage of the first frame as a texture; gives its number."""
    path = sampler.footage(sampler.settings.first)
    media = _MEDIA.get(path.suffix)
    if media is None or not path.is_file():
        raise DepthError(ExitCode.BAD_INPUT, f"{path.name} is missing or no JPEG.", "Estimate the depth again.")
    glb.document |= {
        "images": [{"bufferView": glb.view(path.read_bytes()), "mimeType": media}],
        "samplers": [{"wrapS": _CLAMP, "wrapT": _CLAMP}],
        "textures": [{"source": 0, "sampler": 0}],
    }
    return 0


def _add_camera(glb: Glb, name: str, sampler: Sampler, animation: _Animation) -> None:
    """The camera where it stands in each frame, with the lens of the first."""
    settings, aspect = sampler.settings, sampler.picture_aspect
    views = [view for view in map(sampler.view, settings.frames) if view]
    lens = {
        "yfov": 2 * math.atan(math.tan(views[0].angle / 2) * aspect),
        "aspectRatio": 1 / aspect,
        "znear": views[0].near * settings.scale,
        "zfar": views[0].far * settings.scale,
    }
    turned = conversion("-Z", "Y")
    at = np.array([turned @ view.matrix[:3, 3] for view in views]) * settings.scale
    turns = [Matrix((turned @ view.matrix[:3, :3]).tolist()).to_quaternion() for view in views]
    quaternions = np.array([(turn.x, turn.y, turn.z, turn.w) for turn in turns])
    node = {"name": f"{name} Camera", "camera": 0}
    node |= {"translation": at[0].tolist(), "rotation": quaternions[0].tolist()}
    glb.document["cameras"] = [{"type": "perspective", "perspective": lens}]
    glb.document["nodes"].append(node)
    glb.document["scenes"][0]["nodes"].append(1)
    animation.add(1, "translation", at)
    animation.add(1, "rotation", quaternions)
