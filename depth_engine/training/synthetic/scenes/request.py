# SPDX-License-Identifier: Apache-2.0
"""What the engine asks of Blender, and the files in which Blender answers. No bpy: both sides import this."""

from __future__ import annotations

from dataclasses import dataclass

ANSWER = "depth-engine-scene "
"""Begins each line of standard output that is meant for the engine; Blender prints its own lines between."""

SCENE_FILE = "scene.json"


@dataclass(frozen=True)
class Request:
    """One clip to render.

    kind: "clip" is one camera's way, "views" are unrelated pictures of one scene. folder: an empty one, for the result.
    environments: a folder of .exr and .hdr skies, or "" for procedural skies only.
    """

    family: str
    seed: int
    kind: str
    frames: int
    width: int
    height: int
    folder: str
    environments: str = ""


def colour_file(index: int) -> str:
    """Linear colour, denoised: Combined of a multilayer EXR."""
    return f"colour_{index:04d}.exr"


def data_file(index: int) -> str:
    """Depth.Z in metres along the view axis and Object Index, sampled at the pixels' centres."""
    return f"data_{index:04d}.exr"
