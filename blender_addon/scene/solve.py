# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera solve of a Movie Clip, read as plain data: where tracked points lie, how far they are, and the camera.

Markers are in pixels of the footage as filmed, as the estimated depth is, so lens distortion does not come into the
depths. The relief's rays are those of a lens without distortion.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, cast

import bpy
from mathutils import Matrix, Vector

from ..engine.contract import DepthError, DepthObservation, ExitCode, ImagesSource, MovieSource
from .result import Result

MOST_POINTS = 20_000
"""More tell nothing new: of longer solves every n-th frame is taken."""

_ASPECT_TOLERANCE = 0.01


class Pose(NamedTuple):
    """Where the camera is at the frame with this file number: location, and rotation as a quaternion (w, x, y, z)."""

    number: int
    location: tuple[float, ...]
    rotation: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Solve:
    """field_of_view: horizontal, in radians. poses: of every solved frame. observations: tracked points with their
    depth along the camera's axis, in the scene's units.
    """

    clip: str
    field_of_view: float
    poses: tuple[Pose, ...]
    observations: tuple[DepthObservation, ...]

    def standing(self) -> Solve:
        """The same lens and depths, of a camera that does not move."""
        return replace(self, poses=())


def find_clip(result: Result) -> bpy.types.MovieClip | None:
    """The Movie Clip of the result's own footage; a solved one before others."""
    fitting = [clip for clip in bpy.data.movieclips if _shows(clip, result)]
    return next((clip for clip in fitting if is_solved(clip)), fitting[0] if fitting else None)


def is_solved(clip: bpy.types.MovieClip) -> bool:
    return _reconstruction(_camera_object(clip)).is_valid


def read_solve(scene: bpy.types.Scene, clip: bpy.types.MovieClip, result: Result) -> Solve:
    """The clip's solve, in the space of its solver camera if the scene has one; else the first view looks along +Y.

    Raises DepthError when the clip is not solved, or does not show the result's footage.
    """
    tracked = _camera_object(clip)
    reconstruction = _reconstruction(tracked)
    width, height = clip.size
    lens = cast(bpy.types.MovieTrackingCamera, _tracking(clip).camera)
    facts = result.manifest.facts
    if not reconstruction.is_valid:
        raise _refusal(f"The camera of {clip.name} is not solved.", "Solve its motion in the Movie Clip Editor.")
    if not width or abs(width * facts.height / (height * facts.width) - 1) > _ASPECT_TOLERANCE:
        raise _refusal(
            f"{clip.name} has {width} x {height} pixels, but the footage {facts.width} x {facts.height}.",
            "Choose the clip of the footage that the depth was made from.",
        )
    number_of = _numbering(clip, result)
    cameras = {number: camera for camera in reconstruction.cameras if (number := number_of(camera.frame))}
    if not cameras:
        raise _refusal(f"The solve of {clip.name} covers none of the result's frames.", "Solve these frames too.")
    space = _space(scene, clip)
    matrices = {number: camera.matrix for number, camera in cameras.items()}
    return Solve(
        clip=clip.name,
        field_of_view=2 * math.atan(width / 2 / lens.focal_length_pixels),
        poses=_poses(space, matrices),
        observations=_observations(tracked, number_of, matrices, space.median_scale, (facts.width, facts.height)),
    )


def _observations(
    tracked: bpy.types.MovieTrackingObject,
    number_of: Callable[[int], int | None],
    cameras: dict[int, Matrix],
    scale: float,
    size: tuple[int, int],
) -> tuple[DepthObservation, ...]:
    tracks = [track for track in tracked.tracks if track.has_bundle and track.weight > 0]
    step = -(-sum(len(track.markers) for track in tracks) // MOST_POINTS)
    views = {number: cameras[number].inverted() for number in sorted(cameras)[:: max(step, 1)]}
    made: list[DepthObservation] = []
    for track in tracks:
        bundle = track.bundle
        for marker in track.markers:
            number = number_of(marker.frame)
            view = views.get(number or 0)
            x, y = marker.co[0], 1 - marker.co[1]
            if number is None or view is None or marker.mute or not (0 <= x < 1 and 0 <= y < 1):
                continue
            depth = -cast(Vector, view @ bundle).z * scale
            if depth > 0:
                made.append(DepthObservation(number, x * size[0], y * size[1], depth, track.weight))
    return tuple(made)


def _poses(space: Matrix, cameras: dict[int, Matrix]) -> tuple[Pose, ...]:
    """In the order of time; each rotation is the nearest of its two quaternions to the one before."""
    poses: list[Pose] = []
    before = None
    for number in sorted(cameras):
        rotation = space.to_quaternion() @ cameras[number].to_quaternion()
        if before is not None and rotation.dot(before) < 0:
            rotation.negate()
        before = rotation
        place = space @ cameras[number].translation
        poses.append(Pose(number, (place.x, place.y, place.z), (rotation.w, rotation.x, rotation.y, rotation.z)))
    return tuple(poses)


def _space(scene: bpy.types.Scene, clip: bpy.types.MovieClip) -> Matrix:
    """From the solve to the world: as the scene's solver camera stands, where scale and floor have been set."""
    for candidate in scene.objects:
        for constraint in candidate.constraints:
            if isinstance(constraint, bpy.types.CameraSolverConstraint) and not constraint.mute:
                used = scene.active_clip if constraint.use_active_clip else constraint.clip
                if used == clip:
                    return _without_constraints(candidate)
    return Matrix.Rotation(math.pi / 2, 4, "X")


def _without_constraints(placed: bpy.types.Object) -> Matrix:
    own = placed.matrix_basis
    if placed.parent is None:
        return own.copy()
    return placed.parent.matrix_world @ placed.matrix_parent_inverse @ own


def _camera_object(clip: bpy.types.MovieClip) -> bpy.types.MovieTrackingObject:
    return next(tracked for tracked in _tracking(clip).objects if tracked.is_camera)


def _tracking(clip: bpy.types.MovieClip) -> bpy.types.MovieTracking:
    return cast(bpy.types.MovieTracking, clip.tracking)


def _reconstruction(tracked: bpy.types.MovieTrackingObject) -> bpy.types.MovieTrackingReconstruction:
    return cast(bpy.types.MovieTrackingReconstruction, tracked.reconstruction)


def _numbering(clip: bpy.types.MovieClip, result: Result) -> Callable[[int], int | None]:
    """From the clip's frames to the result's file numbers; None where the result has no file."""
    records, first = result.manifest.frames, _file_number(clip)
    if isinstance(result.manifest.source, ImagesSource) and clip.source == "SEQUENCE" and first is not None:
        known, offset = {record.original_number: record.number for record in records}, first - 1
    else:
        known, offset = {record.number: record.number for record in records}, 0
    return lambda frame: known.get(frame + offset + clip.frame_offset)


def _file_number(clip: bpy.types.MovieClip) -> int | None:
    """The number in the name of an image sequence's first file."""
    found = re.search(r"(\d+)\D*$", Path(clip.filepath).stem)
    return int(found[1]) if found else None


def _shows(clip: bpy.types.MovieClip, result: Result) -> bool:
    source = result.manifest.source
    path = Path(bpy.path.abspath(clip.filepath, library=clip.library))  # pyright: ignore[reportUnknownMemberType]
    if isinstance(source, MovieSource):
        return path == Path(source.path)
    return path.parent == Path(source.directory) and path.name in source.files


def _refusal(message: str, hint: str) -> DepthError:
    return DepthError(ExitCode.USAGE, message, hint)
