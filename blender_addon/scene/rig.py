# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a result's objects live: one collection, and in it one empty that all of them hang from.

The empty stands for the footage's camera: move it and everything moves along. The matched camera, the relief and the
points are its children without any offset, so the camera can leave its place for a parallax and be reset to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import bpy

from .marks import find, mark
from .result import Result


def result_collection(scene: bpy.types.Scene, result: Result) -> bpy.types.Collection:
    """The result's collection in this scene; made on first use and named after the clip."""
    collection = find(scene.collection.children_recursive, "collection", result)
    if not collection:
        collection = bpy.data.collections.new(result.name)
        mark(collection, "collection", result)
        scene.collection.children.link(collection)
    return collection


def result_root(scene: bpy.types.Scene, result: Result) -> bpy.types.Object:
    """The empty that the result's objects hang from; it looks along the world's +Y with the horizon level."""
    collection = result_collection(scene, result)
    root = find(collection.objects, "root", result)
    if not root:
        root = bpy.data.objects.new(result.name, None)
        root.empty_display_size = 0.25
        level_root(root)
        mark(root, "root", result)
        collection.objects.link(root)
    return root


def level_root(root: bpy.types.Object) -> None:
    """Put the empty back to where it is made."""
    root.rotation_mode = "XYZ"
    root.location, root.rotation_euler = (0.0, 0.0, 0.0), (math.pi / 2, 0.0, 0.0)


def add_object(
    scene: bpy.types.Scene, result: Result, role: str, new_data: Callable[[str], bpy.types.ID | None]
) -> bpy.types.Object:
    """An object in the result's collection, placed in the space of the footage's camera; without data an empty."""
    name = f"{result.name} {role}"
    made = bpy.data.objects.new(name, new_data(name))
    made.parent = result_root(scene, result)
    mark(made, role.lower(), result)
    result_collection(scene, result).objects.link(made)
    return made
