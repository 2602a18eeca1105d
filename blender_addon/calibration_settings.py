# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist tells a calibration, kept in the scene: the clip to go by, and points with a known distance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import bpy


class DepthPoint(bpy.types.PropertyGroup):
    """A place in the footage whose distance was measured. `result` is the identity of the result it belongs to."""

    if TYPE_CHECKING:
        result: str
        frame: int
        x: float
        y: float
        distance: float
        error: float
        is_fitted: bool
    else:
        result: bpy.props.StringProperty(
            name="Result", description="The result that the point belongs to", options=set()
        )
        frame: bpy.props.IntProperty(name="Frame", description="Scene frame of the point", options=set())
        x: bpy.props.FloatProperty(
            name="X", description="Pixels of the footage from its left edge", min=0.0, precision=1, options=set()
        )
        y: bpy.props.FloatProperty(
            name="Y", description="Pixels of the footage from its top edge", min=0.0, precision=1, options=set()
        )
        distance: bpy.props.FloatProperty(
            name="Distance",
            description="Measured distance from the camera, along the direction in which it looks",
            subtype="DISTANCE",
            default=1.0,
            min=0.001,
            soft_max=100.0,
            options=set(),
        )
        error: bpy.props.FloatProperty(
            name="Error", description="How much too far the fitted depth is, as a share of the distance", options=set()
        )
        is_fitted: bpy.props.BoolProperty(name="Fitted", description="The last fit used this point", options=set())


class CalibrationSettings(bpy.types.PropertyGroup):
    """How the results of this scene are calibrated."""

    if TYPE_CHECKING:
        clip: bpy.types.MovieClip | None
        move_camera: bool
        write_z: bool
        points: bpy.types.bpy_prop_collection_idprop[DepthPoint]
        point_index: int
    else:
        clip: bpy.props.PointerProperty(
            type=bpy.types.MovieClip,
            name="Movie Clip",
            description="Clip with the solved camera; empty for the one that shows the strip's own file",
        )
        move_camera: bpy.props.BoolProperty(
            name="Move Camera",
            description="Let camera and relief move as the solved camera, so that the scene stands still",
            default=True,
            options=set(),
        )
        write_z: bpy.props.BoolProperty(
            name="Write Z",
            description="Add the fitted depth to the EXR files as channel Z, for other programs",
            options=set(),
        )
        points: bpy.props.CollectionProperty(
            type=DepthPoint, name="Points", description="Places in the footage with a measured distance"
        )
        point_index: bpy.props.IntProperty(name="Point", description="The chosen point", options=set())


def calibration_settings(scene: bpy.types.Scene) -> CalibrationSettings:
    return cast(CalibrationSettings, getattr(scene, "estimate_depth_calibration"))


def points_of(scene: bpy.types.Scene, identity: str) -> Iterator[DepthPoint]:
    """The measured points of one result."""
    return (point for point in calibration_settings(scene).points if point.result == identity)


def register() -> None:
    bpy.utils.register_class(DepthPoint)
    bpy.utils.register_class(CalibrationSettings)
    setattr(bpy.types.Scene, "estimate_depth_calibration", bpy.props.PointerProperty(type=CalibrationSettings))


def unregister() -> None:
    delattr(bpy.types.Scene, "estimate_depth_calibration")
    bpy.utils.unregister_class(CalibrationSettings)
    bpy.utils.unregister_class(DepthPoint)
