# SPDX-License-Identifier: GPL-3.0-or-later
"""The depth files themselves, used as an artist would without the extension: in a modifier and in a material."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.known_depth import estimate
from tests.blender_addon.scene.made import positions, waves
from tests.blender_addon.scene.render import camera, render
from tests.support.elsewhere import make_images

WIDTH, HEIGHT, FRAMES = 48, 32, 3
DISPARITY = np.stack([waves(number, (WIDTH, HEIGHT)) for number in range(1, FRAMES + 1)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("displacement")
    files = make_images(base / "footage", frames=FRAMES, size=(WIDTH, HEIGHT))
    source = {"type": "images", "directory": str(base / "footage"), "files": [file.name for file in files]}
    return estimate(base / "clip.depth", source, DISPARITY, format=["exr32", "png16"])


def sequence(library, folder: Path, name: str) -> bpy.types.Image:
    manifest = library.load_result(folder).manifest
    image = bpy.data.images.load(str(folder / manifest.depth[name].file(1)))
    image.source = "SEQUENCE"
    image.colorspace_settings.name = "Non-Color"
    return image


def play_all(user: bpy.types.ImageUser) -> None:
    user.frame_start, user.frame_duration, user.use_auto_refresh = 1, FRAMES, True


def plane() -> bpy.types.Object:
    """A grid of one vertex for each pixel, in columns that run upwards, with its UV map at the pixels' centers."""
    x, y = (np.arange(WIDTH) + 0.5) / WIDTH, (np.arange(HEIGHT) + 0.5) / HEIGHT
    vertices = [(u - 0.5, (v - 0.5) * HEIGHT / WIDTH, 0.0) for u in x for v in y]
    corner = [column * HEIGHT + row for column in range(WIDTH - 1) for row in range(HEIGHT - 1)]
    faces = [(c, c + HEIGHT, c + HEIGHT + 1, c + 1) for c in corner]
    mesh = bpy.data.meshes.new("Plane")
    mesh.from_pydata(vertices, [], faces)
    layer = mesh.uv_layers.new(name="UVMap")
    for loop in mesh.loops:
        column, row = divmod(loop.vertex_index, HEIGHT)
        layer.data[loop.index].uv = (x[column], y[row])
    made = bpy.data.objects.new("Plane", mesh)
    bpy.context.scene.collection.objects.link(made)
    return made


def heights(name: str, frame: int):
    """What the file holds for a frame [H,W]: raw disparity, or the shot's range as 0 to 1."""
    picture = DISPARITY[frame - 1].astype(np.float64)
    return picture if name == "exr32" else (picture - DISPARITY.min()) / (DISPARITY.max() - DISPARITY.min())


@pytest.mark.parametrize("name", ["exr32", "png16"])
def test_in_a_displace_modifier(library, folder: Path, name: str) -> None:
    made = plane()
    texture = bpy.data.textures.new("Depth", "IMAGE")
    texture.image = sequence(library, folder, name)
    texture.use_interpolation = texture.use_clamp = False
    play_all(texture.image_user)
    displace = made.modifiers.new("Displace", "DISPLACE")
    displace.texture, displace.texture_coords, displace.uv_layer = texture, "UV", "UVMap"
    displace.direction, displace.mid_level, displace.strength = "Z", 0.0, 1.0
    for frame in range(1, FRAMES + 1):
        bpy.context.scene.frame_set(frame)
        found = positions(made)[:, 2].reshape(WIDTH, HEIGHT).T[::-1]
        assert np.abs(found - heights(name, frame)).max() < 2e-5


@pytest.mark.parametrize("name", ["exr32", "png16"])
def test_in_a_displacement_material(library, folder: Path, name: str, tmp_path: Path) -> None:
    made = plane()
    material = bpy.data.materials.new("Displaced")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    material.displacement_method = "DISPLACEMENT"
    tree = material.node_tree
    image, displacement = tree.nodes.new("ShaderNodeTexImage"), tree.nodes.new("ShaderNodeDisplacement")
    image.image, image.interpolation, image.extension = sequence(library, folder, name), "Closest", "EXTEND"
    play_all(image.image_user)
    displacement.inputs["Midlevel"].default_value, displacement.inputs["Scale"].default_value = 0.0, 1.0
    tree.links.new(image.outputs["Color"], displacement.inputs["Height"])
    tree.links.new(displacement.outputs[0], tree.nodes["Material Output"].inputs["Displacement"])
    made.data.materials.append(material)
    view = camera(0.1, WIDTH, HEIGHT)
    view.data.type, view.data.ortho_scale, view.location.z = "ORTHO", 1.0, 5.0
    for frame in range(1, FRAMES + 1):
        found = 5 - render(tmp_path, frame)["Z"]
        inside = (slice(1, -1), slice(1, -1))
        # Cycles keeps the pixels of a 16-bit PNG as half floats.
        limit = 2e-5 if name == "exr32" else 2e-4
        assert np.median(np.abs(found - heights(name, frame))[inside]) < limit
