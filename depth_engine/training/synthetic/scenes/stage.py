# SPDX-License-Identifier: Apache-2.0
"""The scene under construction: objects, what moves, and the shapes and materials that they share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import bpy
from mathutils import Euler, Matrix, Vector

from . import materials, meshes
from .draw import Draw

Triple = tuple[float, float, float]
Place = Sequence[float] | Vector
Motion = Callable[[float], Matrix]
"""Where an object stands after so many seconds: its object-to-world matrix. Rigid, so that flow is exact."""

UNIT = Matrix.Identity(4)
SMALL_SHAPES = ("box", "rounded", "soft", "ball", "cylinder", "cone", "torus", "vase0", "vase1", "vase2", "monkey",
                "rock0", "rock1", "taper")  # fmt: skip


def vector(at: Place) -> Vector:
    """A place as a vector, which mathutils makes of either."""
    return Vector(cast("Sequence[float]", at))


def place(at: Place, turn: Triple = (0, 0, 0), scale: Triple | float = 1.0) -> Matrix:
    """A matrix from a place, Euler angles and a scale."""
    size = (scale, scale, scale) if isinstance(scale, int | float) else scale
    return Matrix.LocRotScale(vector(at), Euler(turn), Vector(size))


@dataclass
class Stage:
    """Adds things to Blender's scene, with every choice drawn from one seed."""

    draw: Draw
    scene: bpy.types.Scene
    environments: Sequence[str] = ()
    moving: list[tuple[bpy.types.Object, Motion]] = field(default_factory=list[tuple[bpy.types.Object, Motion]])
    _shapes: dict[str, bpy.types.Mesh] = field(default_factory=dict[str, bpy.types.Mesh])
    _palette: list[bpy.types.Material] = field(default_factory=list[bpy.types.Material])

    def material(self) -> bpy.types.Material:
        """One of the scene's sixteen everyday materials."""
        if not self._palette:
            self._palette = [materials.any_surface(self.draw) for _ in range(16)]
        return self.draw.pick(self._palette)

    def shape(self, name: str) -> bpy.types.Mesh:
        """A shared mesh by name; one that ends in a number is one of several random ones."""
        if name not in self._shapes:
            self._shapes[name] = _make_shape(name, self.draw)
        return self._shapes[name]

    def add(
        self,
        shape: str | bpy.types.Mesh,
        matrix: Matrix,
        material: bpy.types.Material | None = None,
        under: Matrix | Motion = UNIT,
    ) -> bpy.types.Object:
        """Add a shape at `matrix` within `under`: a place, or a motion that carries it."""
        data = self.shape(shape) if isinstance(shape, str) else shape
        made = bpy.data.objects.new("object", data)
        self.scene.collection.objects.link(made)
        if not data.materials:
            data.materials.append(None)
        made.material_slots[0].link = "OBJECT"
        made.material_slots[0].material = material or self.material()
        if isinstance(under, Matrix):
            made.matrix_world = under @ matrix
        else:
            self.animate(made, lambda seconds: under(seconds) @ matrix)
        return made

    def animate(self, item: bpy.types.Object, motion: Motion) -> None:
        """Let an object move; it gets a number by which its pixels are known."""
        self.moving.append((item, motion))
        item.pass_index = len(self.moving)
        item.matrix_world = motion(0.0)

    def box(
        self,
        at: Place,
        half: Triple,
        material: bpy.types.Material | None = None,
        under: Matrix | Motion = UNIT,
    ) -> bpy.types.Object:
        """A box of real size, so that textures are not stretched."""
        return self.add(meshes.box(*half), place(at), material, under)

    def rod(
        self,
        a: Place,
        b: Place,
        radius: float,
        material: bpy.types.Material | None = None,
        under: Matrix | Motion = UNIT,
        shape: str = "cylinder",
    ) -> bpy.types.Object:
        """A straight part from a to b."""
        return self.add(shape, between(a, b, radius), material, under)

    def at_time(self, seconds: float) -> None:
        """Put everything that moves where it is after so many seconds."""
        for item, motion in self.moving:
            item.matrix_world = motion(seconds)


def between(a: Place, b: Place, radius: float, overlap: float = 0.0) -> Matrix:
    """The matrix that lays a unit shape's axis from a to b."""
    start, end = vector(a), vector(b)
    along = end - start
    half = along.length / 2 + overlap
    return Matrix.LocRotScale((start + end) / 2, along.to_track_quat("Z", "Y"), Vector((radius, radius, half)))


def let_light_through(*objects: bpy.types.Object) -> None:
    """Walls and ceilings that the camera sees and the world's light passes: rooms are lit without many bounces."""
    for item in objects:
        item.visible_shadow = item.visible_diffuse = item.visible_glossy = False


def _make_shape(name: str, draw: Draw) -> bpy.types.Mesh:
    number = draw.count(0, 2**31 - 1)
    makers: dict[str, Callable[[], bpy.types.Mesh]] = {
        "box": meshes.box,
        "plane": meshes.plane,
        "ball": meshes.ball,
        "rounded": lambda: meshes.ball(meshes.rounded(0.35), 28, 16),
        "soft": lambda: meshes.ball(meshes.rounded(0.6), 24, 14),
        "cylinder": meshes.tube,
        "taper": lambda: meshes.tube(0.6, 1.0, 12, smooth=True),
        "cone": lambda: meshes.tube(0.02, 1.0, 16),
        "torus": meshes.torus,
        "rock": lambda: meshes.ball(meshes.lumpy(0.35, number), 28, 14),
        "bush": lambda: meshes.ball(meshes.lumpy(0.22, number), 40, 22),
        "leaves": lambda: meshes.leaves(500, number, 0.13),
        "needles": lambda: meshes.leaves(700, number, 0.09),
        "grass": lambda: meshes.grass(260, number),
        "vase": lambda: meshes.turned(_vessel(draw)),
        "monkey": _monkey,
        "roof": lambda: meshes.tube(0.05, 1.0, 4),
    }
    return makers[name.rstrip("0123456789")]()


def _vessel(draw: Draw) -> list[tuple[float, float]]:
    profile = [(0.0, 0.0)]
    radius, height = draw.uniform(0.2, 0.6), 0.0
    profile.append((radius, height))
    for _ in range(8):
        height += draw.uniform(0.1, 0.3)
        radius = max(0.08, min(0.9, radius + draw.uniform(-0.2, 0.2)))
        profile.append((radius, height))
    return profile


def _monkey() -> bpy.types.Mesh:
    bpy.ops.mesh.primitive_monkey_add()
    item = cast("bpy.types.Object", bpy.context.object)
    data = cast("bpy.types.Mesh", item.data)
    meshes.smoothen(data)
    data.transform(Matrix.Rotation(math.pi, 4, "Z"))
    bpy.data.objects.remove(item)
    return data
