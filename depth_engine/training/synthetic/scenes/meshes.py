# SPDX-License-Identifier: Apache-2.0
"""Meshes from numbers. Unit shapes lie within -1..1 unless they say otherwise; z is their axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import bpy
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def mesh(
    points: Points | Sequence[Sequence[float]], faces: Sequence[Sequence[int]], smooth: bool = False
) -> bpy.types.Mesh:
    """A mesh from points [N,3] and faces of point numbers."""
    made = bpy.data.meshes.new("mesh")
    made.from_pydata(np.asarray(points, float).tolist(), [], [list(map(int, face)) for face in faces])
    if smooth:
        smoothen(made)
    made.update()
    return made


def smoothen(item: bpy.types.Mesh, flat: int = 0) -> None:
    """Shade all faces smoothly but this many last ones."""
    count = len(item.polygons)
    cast("Any", item.polygons).foreach_set("use_smooth", [True] * (count - flat) + [False] * flat)


def box(x: float = 1, y: float = 1, z: float = 1) -> bpy.types.Mesh:
    """A box with these half sizes; textures in object coordinates keep their size on it."""
    corners = [(i, j, k) for i in (-x, x) for j in (-y, y) for k in (-z, z)]
    return mesh(corners, [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)])


def plane(x: float = 1, y: float = 1) -> bpy.types.Mesh:
    return mesh([(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)], [(0, 1, 2, 3)])


def ball(shape: Callable[[Points], Points] | None = None, around: int = 20, along: int = 10) -> bpy.types.Mesh:
    """A smooth sphere, or what `shape` makes of its points [N,3] on the unit sphere."""
    polar = np.linspace(0, np.pi, along + 1)[:, None]
    azimuth = np.arange(around) / around * 2 * np.pi
    x, y = np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth)
    points = np.stack([x, y, np.broadcast_to(np.cos(polar), x.shape)], -1).reshape(-1, 3)
    return mesh(shape(points) if shape else points, _rings(along, around), smooth=True)


def rounded(exponent: float) -> Callable[[Points], Points]:
    """The superellipsoid: towards 0 a box with soft edges, 1 the sphere."""

    def shape(points: Points) -> Points:
        magnitude = (np.abs(points) + 1e-9) ** (2 / exponent)
        return points * magnitude.sum(-1, keepdims=True) ** (-exponent / 2)

    return shape


def lumpy(amount: float, seed: int) -> Callable[[Points], Points]:
    """A rock or a bush: the sphere with waves of random directions."""
    source = np.random.RandomState(seed)
    directions, phases = source.randn(12, 3) * 2.2, source.rand(12) * 2 * np.pi

    def shape(points: Points) -> Points:
        return points * (1 + amount * np.sin(points @ directions.T + phases).sum(-1, keepdims=True) / 3.5)

    return shape


def tube(top: float = 1, bottom: float = 1, sides: int = 18, smooth: bool = False) -> bpy.types.Mesh:
    """A cylinder or cone frustum with these radii, closed."""
    angle = np.arange(sides) / sides * 2 * np.pi
    ring = np.stack([np.cos(angle), np.sin(angle)], -1)
    low = np.column_stack([ring * bottom, np.full(sides, -1.0)])
    high = np.column_stack([ring * top, np.full(sides, 1.0)])
    wall = [(i, (i + 1) % sides, sides + (i + 1) % sides, sides + i) for i in range(sides)]
    caps = [tuple(reversed(range(sides))), tuple(range(sides, 2 * sides))]
    made = mesh(np.concatenate([low, high]), [*wall, *caps])
    if smooth:
        smoothen(made, flat=2)
    return made


def torus(radius: float = 0.28, around: int = 24, across: int = 10) -> bpy.types.Mesh:
    """A ring of outer middle radius 1 with a tube of this radius."""
    a = np.arange(around)[:, None] / around * 2 * np.pi
    b = np.arange(across) / across * 2 * np.pi
    reach = 1 + radius * np.cos(b)
    z = np.broadcast_to(radius * np.sin(b), (around, across))
    points = np.stack([reach * np.cos(a), reach * np.sin(a), z], -1).reshape(-1, 3)
    faces = [
        (i * across + j, (i + 1) % around * across + j, (i + 1) % around * across + k, i * across + k)
        for i in range(around)
        for j in range(across)
        for k in [(j + 1) % across]
    ]
    return mesh(points, faces, smooth=True)


def turned(profile: Sequence[tuple[float, float]], around: int = 24) -> bpy.types.Mesh:
    """A vessel as from a potter's wheel: (radius, height) pairs from below to above."""
    angle = np.arange(around) / around * 2 * np.pi
    points = [(r * np.cos(a), r * np.sin(a), z) for r, z in profile for a in angle]
    return mesh(points, _rings(len(profile) - 1, around), smooth=True)


def leaves(count: int, seed: int, size: float = 0.12) -> bpy.types.Mesh:
    """A crown of loose leaves within the unit ball, denser towards its surface."""
    source = np.random.RandomState(seed)
    centers = source.randn(count, 3)
    centers *= source.rand(count, 1) ** 0.4 / np.linalg.norm(centers, axis=1, keepdims=True)
    along = source.randn(count, 3)
    along *= size / np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(along, source.randn(count, 3))
    across *= size * 0.6 / np.linalg.norm(across, axis=1, keepdims=True)
    points = np.stack([centers - along, centers + across, centers + along, centers - across], 1).reshape(-1, 3)
    return mesh(points, np.arange(4 * count).reshape(-1, 4).tolist())


def grass(count: int, seed: int, width: float = 0.02) -> bpy.types.Mesh:
    """Blades on the square -1..1, 0.4 to 1 high."""
    source = np.random.RandomState(seed)
    root = np.column_stack([source.rand(count, 2) * 2 - 1, np.zeros(count)])
    height = source.rand(count) * 0.6 + 0.4
    turn = source.rand(count) * 2 * np.pi
    side = np.column_stack([np.cos(turn), np.sin(turn), np.zeros(count)]) * width
    tip = root + np.column_stack([source.randn(count, 2) * 0.25 * height[:, None], height])
    points = np.stack([root - side, root + side, tip], 1).reshape(-1, 3)
    return mesh(points, np.arange(3 * count).reshape(-1, 3).tolist())


def grid(heights: NDArray[np.float64], half: float) -> bpy.types.Mesh:
    """A smooth height field [N,N] over the square -half..half; the first axis is x."""
    n = len(heights)
    axis = np.linspace(-half, half, n)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).reshape(-1)
    faces = np.stack([corner, corner + n, corner + n + 1, corner + 1], -1)
    return mesh(np.stack([x, y, heights], -1).reshape(-1, 3), faces.tolist(), smooth=True)


def fractal(n: int, roughness: float, seed: int) -> NDArray[np.float64]:
    """Noise [n,n] of mean 0 and deviation 1 whose amplitude falls with frequency to the power -roughness."""
    frequency = np.fft.fftfreq(n)
    size = np.hypot(frequency[:, None], frequency)
    size[0, 0] = 1
    spectrum = np.fft.fft2(np.random.RandomState(seed).randn(n, n)) * size**-roughness
    spectrum[0, 0] = 0
    noise = np.fft.ifft2(spectrum).real
    return noise / noise.std()


def _rings(rows: int, around: int) -> list[tuple[int, int, int, int]]:
    return [
        (i * around + j, (i + 1) * around + j, (i + 1) * around + k, i * around + k)
        for i in range(rows)
        for j in range(around)
        for k in [(j + 1) % around]
    ]
