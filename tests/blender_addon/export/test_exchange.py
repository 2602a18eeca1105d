# SPDX-License-Identifier: GPL-3.0-or-later
"""Alembic and USD, read again by Blender's own importers."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from bpy_extras.io_utils import axis_conversion

from tests.blender_addon.export.conftest import FRAMES
from tests.blender_addon.export.shown import cameras, close, emptied, every, only, read_ply, world

IMPORTERS = {
    "ALEMBIC": lambda path: bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False),
    "USD": lambda path: bpy.ops.wm.usd_import(filepath=str(path)),
}
COLORS = {"ALEMBIC": "Col", "USD": "displayColor"}


def held(frame, first, step):
    return frame - (frame - first) % step


@pytest.mark.parametrize("name", list(IMPORTERS))
@pytest.mark.parametrize(("first", "step"), [(1, 1), (3, 2)])
def test_every_frame_comes_back_at_its_number(made, write, name, first, step) -> None:
    shown = made()
    frames = range(first, FRAMES + 1)
    wanted, views = every(shown, frames), cameras(frames)
    bpy.context.scene.frame_set(2)
    (path,) = write(shown, name, first=first, step=step).files
    assert bpy.context.scene.frame_current == 2
    emptied()
    IMPORTERS[name](path)
    mesh, camera = only("MESH"), only("CAMERA")
    assert (bpy.context.scene.frame_start, bpy.context.scene.frame_end) == (first, FRAMES)
    assert not close(wanted[first], wanted[FRAMES], 1e-2)
    for frame in frames:
        assert close(world(mesh, frame), wanted[held(frame, first, step)])
        placed = np.array(camera.evaluated_get(bpy.context.evaluated_depsgraph_get()).matrix_world)
        assert np.allclose(placed, views[held(frame, first, step)], atol=1e-5)
    assert camera.data.angle_x == pytest.approx(np.radians(55), rel=1e-4)
    assert mesh.data.uv_layers.active


@pytest.mark.parametrize("name", list(IMPORTERS))
def test_an_opened_surface_stays_open_frame_by_frame(made, write, name) -> None:
    shown = made(edge_cut=0.12)
    wanted, faces = every(shown, range(1, FRAMES + 1)), {}
    for frame in wanted:
        bpy.context.scene.frame_set(frame)
        faces[frame] = len(shown.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.polygons)
    assert len(set(faces.values())) > 1
    (path,) = write(shown, name, colors="NONE").files
    emptied()
    IMPORTERS[name](path)
    for frame, count in faces.items():
        assert close(world(only("MESH"), frame), wanted[frame])
        evaluated = only("MESH").evaluated_get(bpy.context.evaluated_depsgraph_get())
        assert len(evaluated.data.polygons) == count


@pytest.mark.parametrize("name", list(IMPORTERS))
def test_the_footage_s_colors_travel_with_the_frames(made, write, name, exports, tmp_path) -> None:
    shown = made()
    (path,) = write(shown, name).files
    files = write(shown, "PLY").files
    emptied()
    IMPORTERS[name](path)
    mesh = only("MESH")
    seen = []
    for frame in (1, 5):
        bpy.context.scene.frame_set(frame)
        data = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        layer = data.color_attributes[COLORS[name]]
        values = np.empty(len(layer.data) * 4, np.float32)
        layer.data.foreach_get("color_srgb", values)
        found = values.reshape(-1, 4)[:, :3] * 255
        vertices, _ = read_ply(files[frame - 1])
        wanted = np.stack([vertices[c] for c in ("red", "green", "blue")], -1).astype(float)
        if layer.domain == "CORNER":
            corners = np.array([loop.vertex_index for loop in data.loops])
            wanted = wanted[corners]
        assert np.abs(found - wanted).max() < 1.5
        seen.append(wanted.mean())
    assert seen[0] != seen[1]


@pytest.mark.parametrize("name", list(IMPORTERS))
@pytest.mark.parametrize(("forward", "up"), [("Y", "Z"), ("X", "Z"), ("-Z", "Y"), ("Z", "Y")])
def test_scale_axes_and_rate(made, write, exports, name, forward, up) -> None:
    """Blender's importers take Alembic as Y up, and turn Y up USD by what it says of itself."""
    shown = made()
    wanted = world(shown, 4)
    turned = np.array(axis_conversion(from_forward="Y", from_up="Z", to_forward=forward, to_up=up))
    file = wanted @ turned.T * 100
    y_up = np.array(axis_conversion(from_forward="-Z", from_up="Y", to_forward="Y", to_up="Z"))
    (path,) = write(shown, name, forward=forward, up=up, scale=100.0, rate=30.0, last=4, colors="NONE").files
    emptied(30)
    IMPORTERS[name](path)
    back = file @ y_up.T if name == "ALEMBIC" or up == "Y" else file
    assert close(world(only("MESH"), 4), back)


def test_points_as_usd(made, write, exports, contract) -> None:
    shown = made("points")
    wanted = every(shown, (1, 4, FRAMES))
    if bpy.app.version < (4, 5, 0):
        with pytest.raises(contract.DepthError, match=r"Blender 4\.2 writes empty USD points: choose PLY"):
            write(shown, "USD")
        return
    (path,) = write(shown, "USD").files
    emptied()
    IMPORTERS["USD"](path)
    cloud = only("POINTCLOUD")
    for frame, positions in wanted.items():
        assert close(world(cloud, frame), positions)
    names = cloud.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.attributes.keys()
    assert "displayColor" in names and "radius" in names


def test_points_as_alembic_are_refused(made, write, contract) -> None:
    with pytest.raises(contract.DepthError, match="Blender exports no points as Alembic: choose PLY or USD"):
        write(made("points"), "ALEMBIC")


@pytest.mark.parametrize("name", list(IMPORTERS))
def test_a_build_without_the_format_says_so(made, write, exports, contract, monkeypatch, name) -> None:
    shown = made()
    kind = exports.FORMATS[name]
    monkeypatch.setattr(type(kind), "supported", lambda self: False)
    with pytest.raises(contract.DepthError, match=f"This Blender was built without {kind.title}"):
        write(shown, name)
