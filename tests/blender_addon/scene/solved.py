# SPDX-License-Identifier: GPL-3.0-or-later
"""A room whose depth is known at every pixel, filmed by a moving camera, and a Movie Clip of it that Blender solves.

The solve is Blender's own: tracks whose markers are the room's points as the camera sees them, with noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector
from numpy.typing import NDArray

WIDTH, HEIGHT, FRAMES = 320, 180, 16
FIELD_OF_VIEW = math.radians(50)
FIRST_NUMBER = 1001
_FOCAL = WIDTH / 2 / math.tan(FIELD_OF_VIEW / 2)
_WALLS = ((0, -3.0), (0, 3.0), (1, -1.5), (1, 1.8), (2, -14.0))  # axis and place of the planes around the camera


def camera_matrix(frame: int) -> Matrix:
    """From the camera to the room, at a frame from 1; it looks along -Z."""
    at = (frame - 1) / (FRAMES - 1)
    return (
        Matrix.Translation((2 * at - 1, 0.3 * at, -1.5 * at)) @ Euler((0, 0.25 * (at - 0.5), 0.02)).to_matrix().to_4x4()
    )


def room_depth(frame: int) -> NDArray[np.float64]:
    """Depth along the camera's axis at every pixel's centre, [H,W]."""
    matrix = np.array(camera_matrix(frame))
    x = (np.arange(WIDTH) + 0.5 - WIDTH / 2) / _FOCAL
    y = -(np.arange(HEIGHT) + 0.5 - HEIGHT / 2) / _FOCAL
    rays = np.stack([*np.meshgrid(x, y), np.full((HEIGHT, WIDTH), -1.0)], -1) @ matrix[:3, :3].T
    depth = np.full((HEIGHT, WIDTH), np.inf)
    for axis, place in _WALLS:
        with np.errstate(divide="ignore"):
            reach = (place - matrix[axis, 3]) / rays[..., axis]
        depth = np.where((reach > 0) & (reach < depth), reach, depth)
    return depth


def pixel_of(frame: int, point: Vector) -> tuple[float, float]:
    seen = camera_matrix(frame).inverted() @ point
    return WIDTH / 2 - _FOCAL * seen.x / seen.z, HEIGHT / 2 + _FOCAL * seen.y / seen.z


def room_points(count: int, random: np.random.Generator) -> list[Vector]:
    """Points of the room that are in the picture at every frame."""
    points: list[Vector] = []
    depth, matrix = room_depth(1), camera_matrix(1)
    while len(points) < count:
        column, row = int(random.integers(WIDTH)), int(random.integers(HEIGHT))
        reach = depth[row, column]
        ray = Vector(((column + 0.5 - WIDTH / 2) / _FOCAL, -(row + 0.5 - HEIGHT / 2) / _FOCAL, -1.0))
        point = matrix @ (ray * reach)
        pixels = [pixel_of(frame, point) for frame in range(1, FRAMES + 1)]
        if all(3 < x < WIDTH - 3 and 3 < y < HEIGHT - 3 for x, y in pixels):
            points.append(point)
    return points


def write_footage(folder: Path) -> list[str]:
    """Pictures of the room's size; what they show does not matter, for markers are placed by hand."""
    folder.mkdir(parents=True)
    image = bpy.data.images.new("plate", WIDTH, HEIGHT)
    names = [f"plate.{FIRST_NUMBER + index}.png" for index in range(FRAMES)]
    for name in names:
        image.filepath_raw, image.file_format = str(folder / name), "PNG"
        image.save()
    bpy.data.images.remove(image)
    return names


@dataclass(frozen=True)
class Tracked:
    """clip: solved. scale: length in the solve over length in the room. slid: names of the tracks that went wrong."""

    clip: bpy.types.MovieClip
    scale: float
    slid: set[str]


def solved_clip(first: Path, tracks: int = 60, noise: float = 0.15, slid: float = 0.2, seed: int = 0) -> Tracked:
    """A clip of the footage with tracks, noise in pixels, solved; then a share of the tracks slides elsewhere."""
    random = np.random.default_rng(seed)
    clip = bpy.data.movieclips.load(str(first))
    camera, tracking = clip.tracking.camera, clip.tracking
    camera.sensor_width = 36.0
    camera.focal_length = 18.0 / math.tan(FIELD_OF_VIEW / 2)
    for index, point in enumerate(room_points(tracks, random)):
        track = tracking.tracks.new(name=f"Track {index}", frame=1)
        for frame in range(1, FRAMES + 1):
            x, y = np.array(pixel_of(frame, point)) + random.normal(0, noise, 2)
            _put(track, frame, x, y)
    tracked = tracking.objects[0]
    tracked.keyframe_a, tracked.keyframe_b = 1, FRAMES
    _solve(clip)
    path = [np.array(camera.matrix.translation) for camera in tracked.reconstruction.cameras]
    true = np.array(camera_matrix(FRAMES).translation - camera_matrix(1).translation)
    names = {track.name for track in list(tracking.tracks)[: round(slid * tracks)]}
    for track in tracking.tracks:
        if track.name in names:
            _slide(track, random)
    return Tracked(clip, float(np.linalg.norm(path[-1] - path[0]) / np.linalg.norm(true)), names)


def _put(track: Any, frame: int, x: float, y: float) -> None:
    """Place the marker of a frame, at a pixel from the top left corner."""
    place = (x / WIDTH, 1 - y / HEIGHT)
    marker = track.markers.find_frame(frame)
    if marker:
        marker.co = place
    else:
        track.markers.insert_frame(frame, co=place)


def _slide(track: Any, random: np.random.Generator) -> None:
    """Its markers wander off to other surfaces, as a tracker's do that loses its feature."""
    for frame in range(1, FRAMES + 1):
        _put(track, frame, random.uniform(1, WIDTH - 1), random.uniform(1, HEIGHT - 1))


def _solve(clip: bpy.types.MovieClip) -> None:
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    before, area.type = area.type, "CLIP_EDITOR"
    area.spaces[0].clip = clip
    with bpy.context.temp_override(window=window, area=area):
        bpy.ops.clip.solve_camera()
    area.type = before
    assert clip.tracking.reconstruction.is_valid and clip.tracking.reconstruction.average_error < 1.0
