# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender's own exporters are shown: a scene with one mesh or point cloud, and a camera, that take on each frame's
sample while the exporter goes from frame to frame.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Literal, cast

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from .. import compat
from ..engine.contract import DepthError, ExitCode
from ..scene.materials import UV_MAP
from ..scene.nodes.wiring import Wiring
from .format import Progress
from .sampling import Sample, Sampler

Domain = Literal["POINT", "CORNER"]


class Stage:
    """Between entering and leaving, `export` runs an exporter on the staged samples."""

    def __init__(
        self, sampler: Sampler, name: str, turned: NDArray[np.float64], color: tuple[str, Domain], progress: Progress
    ) -> None:
        """turned: rotation [3,3] of everything, besides the settings' scale. color: the attribute's name and domain."""
        self._sampler, self._name, self._turned, self._color = sampler, name, turned, color
        self._progress = progress
        self._failure: Exception | None = None
        self._shown: Sample | None = None
        self._frame: int | None = None

    def __enter__(self) -> Stage:
        settings = self._sampler.settings
        self._ids = set(_all_ids())
        self._scene = bpy.data.scenes.new("Depth Stage")
        self._scene.frame_start, self._scene.frame_end = settings.first, settings.last
        compat.set_rate(self._scene.render, settings.rate)
        self._mesh = bpy.data.meshes.new(self._name)
        self._carrier = bpy.data.objects.new(self._name, self._mesh)
        if self._sampler.source.points:
            self._link(_cloud(self._name, self._carrier))
        else:
            self._link(self._carrier)
        # Exporters take an object for still unless a modifier or an action says that it may move.
        self._carrier.modifiers.new("Moves", "NODES")
        self._camera = self._make_camera() if settings.camera and self._sampler.source.camera else None
        bpy.app.handlers.frame_change_pre.append(self._follow)
        self._take_on(settings.first)
        return self

    def __exit__(self, *_: object) -> None:
        bpy.app.handlers.frame_change_pre.remove(self._follow)
        bpy.data.batch_remove(list(_all_ids() - self._ids))

    def export(self, operator: Callable[..., Any], **options: Any) -> None:
        """Run a Blender exporter on the staged scene. Raises DepthError when it fails."""
        layer = self._scene.view_layers[0]
        try:
            with cast("Any", bpy.context).temp_override(scene=self._scene, view_layer=layer):
                done = operator(**options)
        except RuntimeError as error:
            raise DepthError(ExitCode.INTERNAL, "Blender's exporter failed.", str(error).strip()) from None
        if self._failure:
            raise self._failure
        if "FINISHED" not in done:
            raise DepthError(ExitCode.INTERNAL, "Blender's exporter gave up.", "See Blender's console.")

    def _link(self, made: bpy.types.Object) -> None:
        self._scene.collection.objects.link(made)

    def _make_camera(self) -> bpy.types.Object:
        lens = bpy.data.cameras.new("Camera")
        lens.sensor_fit = "HORIZONTAL"
        original = cast("bpy.types.Camera", cast("bpy.types.Object", self._sampler.source.camera).data)
        lens.clip_start, lens.clip_end = original.clip_start, original.clip_end
        camera = bpy.data.objects.new(f"{self._name} Camera", lens)
        for owner, path in ((camera, "color"), (lens, "display_size")):
            owner.keyframe_insert(path, frame=self._sampler.settings.first)  # it may move: see above
        self._link(camera)
        return camera

    def _follow(self, scene: bpy.types.Scene, *_: object) -> None:
        if scene.name != self._scene.name or self._failure:
            return
        settings = self._sampler.settings
        frame = min(max(scene.frame_current, settings.first), settings.last)
        try:
            self._take_on(settings.held(frame))
        except Exception as error:  # noqa: BLE001  Blender prints what a handler raises, and goes on
            self._failure = error

    def _take_on(self, frame: int) -> None:
        """Make mesh and camera those of a scene frame."""
        if frame == self._frame:
            return
        self._frame = frame
        settings = self._sampler.settings
        self._progress(settings.frames.index(frame), len(settings.frames))
        if self._camera:
            self._place_camera(self._camera, frame)
        sample = self._sampler.sample(frame)
        turned = (sample.positions @ (self._turned * settings.scale).T).astype(np.float32)
        if self._shown is None or not _same_topology(self._shown, sample):
            self._build(sample)
        cast("Any", self._mesh.attributes["position"]).data.foreach_set("vector", turned.ravel())
        if settings.colors != "NONE":
            self._paint(sample)
        if self._sampler.source.points:
            radii = (sample.radii * settings.scale).astype(np.float32)
            cast("Any", self._mesh.attributes["radius"]).data.foreach_set("value", radii)
        self._mesh.update()
        self._shown = sample

    def _build(self, sample: Sample) -> None:
        """The faces and the UV map; positions and colors come with every frame."""
        mesh, faces = self._mesh, sample.faces
        mesh.clear_geometry()
        mesh.vertices.add(len(sample.positions))
        mesh.loops.add(faces.size)
        mesh.polygons.add(len(faces))
        cast("Any", mesh.loops).foreach_set("vertex_index", faces.ravel())
        cast("Any", mesh.polygons).foreach_set("loop_start", np.arange(len(faces), dtype=np.int32) * faces.shape[1])
        mesh.update(calc_edges=True)
        if self._sampler.source.points:
            mesh.attributes.new("radius", "FLOAT", "POINT")
        else:
            layer = mesh.uv_layers.new(name=UV_MAP)
            cast("Any", layer.uv).foreach_set("vector", sample.uv[faces.ravel()].ravel())
        if self._sampler.settings.colors != "NONE":
            name, domain = self._color
            mesh.color_attributes.new(name, "BYTE_COLOR", domain)

    def _paint(self, sample: Sample) -> None:
        name, domain = self._color
        colors = sample.colors if domain == "POINT" else sample.colors[sample.faces.ravel()]
        values = np.ones((len(colors), 4), np.float32)
        values[:, :3] = colors / np.float32(255)
        cast("Any", self._mesh.color_attributes[name]).data.foreach_set("color_srgb", values.ravel())

    def _place_camera(self, camera: bpy.types.Object, frame: int) -> None:
        view = self._sampler.view(frame)
        if view is None:
            return
        matrix = np.eye(4)
        matrix[:3, :3] = self._turned @ view.matrix[:3, :3]
        matrix[:3, 3] = self._turned @ view.matrix[:3, 3] * self._sampler.settings.scale
        camera.matrix_world = Matrix(matrix.tolist())
        cast("bpy.types.Camera", camera.data).angle = view.angle


def _same_topology(one: Sample, other: Sample) -> bool:
    return len(one.positions) == len(other.positions) and np.array_equal(one.faces, other.faces)


def _cloud(name: str, carrier: bpy.types.Object) -> bpy.types.Object:
    """A native point cloud of a mesh' vertices: before Blender 5.2 Python cannot give a point cloud its points."""
    group = bpy.data.node_groups.new(name, "GeometryNodeTree")
    interface = cast("bpy.types.NodeTreeInterface", group.interface)
    interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    wire = Wiring(group)
    carried = wire.node("GeometryNodeObjectInfo")
    cast("Any", carried.inputs["Object"]).default_value = carrier
    radius = wire.node("GeometryNodeInputNamedAttribute", data_type="FLOAT")
    wire.set(radius.inputs["Name"], "radius")
    points = wire.node("GeometryNodeMeshToPoints", carried.outputs["Geometry"])
    wire.set(points.inputs["Radius"], next(socket for socket in radius.outputs if socket.enabled))
    wire.node("NodeGroupOutput", points.outputs[0])
    cloud = bpy.data.objects.new(name, bpy.data.pointclouds.new(name))
    modifier = cast("bpy.types.NodesModifier", cloud.modifiers.new("Points", "NODES"))
    modifier.node_group = group
    return cloud


def _all_ids() -> set[bpy.types.ID]:
    return set(bpy.data.user_map())


@contextmanager
def imported(operator: Callable[..., Any], rate: float, **options: Any) -> Generator[bpy.types.Scene]:
    """A scene into which a Blender importer has read a file; all of it is gone afterwards.

    Raises DepthError when the importer fails.
    """
    before = _all_ids()
    scene = bpy.data.scenes.new("Depth Check")
    compat.set_rate(scene.render, rate)
    try:
        with cast("Any", bpy.context).temp_override(scene=scene, view_layer=scene.view_layers[0]):
            operator(set_frame_range=False, **options)
        yield scene
    except RuntimeError as error:
        raise DepthError(ExitCode.INTERNAL, "What was exported cannot be read again.", str(error).strip()) from None
    finally:
        bpy.data.batch_remove(list(_all_ids() - before))
