# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scene shows, and what files hold, frame by frame: exports are compared with the scene's own geometry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from tests.blender_addon.scene.made import evaluated

Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
"""Blender's axes to Y up, -Z forward."""


def world(shown: bpy.types.Object, frame: int) -> NDArray[np.float64]:
    """Positions [N,3] in world space of an object at a scene frame."""
    bpy.context.scene.frame_set(frame)
    data = evaluated(shown).attributes["position"].data
    values = np.empty(len(data) * 3, np.float32)
    data.foreach_get("vector", values)
    matrix = np.array(shown.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world)
    return values.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def every(shown: bpy.types.Object, frames: Any) -> dict[int, NDArray[np.float64]]:
    return {frame: world(shown, frame) for frame in frames}


def cameras(frames: Any) -> dict[int, NDArray[np.float64]]:
    """The scene camera's world matrix [4,4] by frame."""
    found = {}
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        camera = bpy.context.scene.camera
        found[frame] = np.array(camera.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world)
    return found


def emptied(rate: float = 24) -> bpy.types.Scene:
    """A new file, as that of somebody who opens an export."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = round(rate)
    return bpy.context.scene


def only(kind: str) -> bpy.types.Object:
    (found,) = (placed for placed in bpy.context.scene.objects if placed.type == kind)
    return found


def close(found: NDArray[Any], wanted: NDArray[Any], tolerance: float = 1e-5) -> bool:
    return found.shape == wanted.shape and np.abs(found - wanted).max() <= tolerance * np.abs(wanted).max()


def read_ply(path: Path) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The vertices as a structured array and the faces [F,k] of a binary PLY file, read by its own header."""
    head, _, data = path.read_bytes().partition(b"end_header\n")
    kinds = {"float": "<f4", "uchar": "u1", "int": "<i4"}
    lines = [line.split() for line in head.decode().splitlines()]
    counts = {line[1]: int(line[2]) for line in lines if line[0] == "element"}
    fields = [(line[2], kinds[line[1]]) for line in lines if line[0] == "property" and line[1] != "list"]
    vertices = np.frombuffer(data, fields, counts["vertex"])
    rest = data[vertices.nbytes :]
    if not counts.get("face"):
        assert not rest
        return vertices, np.zeros((0, 4), np.int32)
    faces = np.frombuffer(rest, [("count", "u1"), ("corners", "<i4", (rest[0],))])
    assert len(faces) == counts["face"] and (faces["count"] == rest[0]).all()
    return vertices, faces["corners"]


def points_of(vertices: NDArray[Any]) -> NDArray[np.float32]:
    return np.stack([vertices[axis] for axis in "xyz"], -1)
