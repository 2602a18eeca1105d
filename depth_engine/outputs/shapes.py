# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (trimesh leaves most types open.)
"""Meshes and points as PLY and binary glTF, through trimesh."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from depth_engine.footage.frame import Rgb
from depth_engine.geometry.meshes import Surface
from depth_engine.geometry.unproject import Places
from depth_engine.outputs.files import write_bytes


def write_mesh_ply(path: Path, surface: Surface, places: Places, picture: Rgb) -> None:
    """A surface whose vertices stand at `places` [N,3], coloured by the picture [H,W,3]."""
    colors = picture.reshape(-1, 3)[surface.pixels]
    mesh = trimesh.Trimesh(places, surface.faces, process=False, vertex_colors=colors)
    write_bytes(path, cast(bytes, mesh.export(file_type="ply", vertex_normal=False)))


def write_points_ply(path: Path, places: Places, colors: NDArray[np.uint8]) -> None:
    """Points [N,3] with sRGB colours [N,3]."""
    write_bytes(path, cast(bytes, trimesh.PointCloud(places, colors=colors).export(file_type="ply")))


def write_glb(path: Path, surface: Surface, places: Places, picture: Path, size: tuple[int, int]) -> None:
    """A surface on a grid of (width, height) vertices with the picture's file as its texture."""
    width, height = size
    rows, columns = np.divmod(surface.pixels, width)
    uv = np.stack([(columns + 0.5) / width, 1 - (rows + 0.5) / height], -1)
    with Image.open(picture) as image:
        material = PBRMaterial(baseColorTexture=image, metallicFactor=0.0, roughnessFactor=1.0, doubleSided=True)
        visual = TextureVisuals(uv=uv, material=material)
        mesh = trimesh.Trimesh(places, surface.faces, process=False, visual=cast(Any, visual))
        write_bytes(path, cast(bytes, trimesh.Scene(mesh).export(file_type="glb", include_normals=False)))
