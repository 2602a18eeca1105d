# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a movie or image strip does not show its files' pictures as they are, so that Blender must render them first.

A strip's place on the canvas (scale, offset) and how it is mixed with what lies below (opacity, blending, mute) do not
change its own depth, and proxies are for previews only: they count as nothing. Turning and cropping change what is
seen, and an animated place moves what is seen: such strips are rendered as the scene's whole picture (placing_reasons).
All else (picture_reasons) keeps the footage's own size.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from .. import compat
from ..engine.contract import ImagesSource, Source

if TYPE_CHECKING:  # the names are new in 4.4
    Footage = bpy.types.MovieStrip | bpy.types.ImageStrip

_SAME_SPEED = 5e-7
"""Relative difference of frame rates up to which Blender shows frame n at frame n; its 32-bit rates differ by 6e-8."""

_PIXEL_SETTINGS: tuple[tuple[str, object, str], ...] = (
    ("use_reverse_frames", False, "Reversed"),
    ("use_flip_x", False, "Mirrored"),
    ("use_flip_y", False, "Upside down"),
    ("use_deinterlace", False, "Deinterlaced"),
    ("color_multiply", 1.0, "Color multiplied"),
    ("color_saturation", 1.0, "Saturation changed"),
    ("stream_index", 0, "Another video stream of the file"),
)
"""Settings of movie and image strips that change the pictures: property, value without effect, reason."""

_PLACING = {"transform", "crop"}
_IRRELEVANT = {
    "alpha_mode", "blend_alpha", "blend_type", "color_tag", "effect_fader", "multiply_alpha", "mute", "pan", "select",
    "select_left_handle", "select_right_handle", "show_retiming_keys", "use_default_fade", "use_float", "use_proxy",
    "volume",
}  # fmt: skip
"""Properties whose animation does not change the strip's own pictures."""

_READABLE = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr"}


def placing_reasons(scene: bpy.types.Scene, strip: Footage) -> tuple[str, ...]:
    """Reasons for which only the scene's whole picture shows what the strip shows."""
    crop, transform = cast("bpy.types.StripCrop", strip.crop), cast("bpy.types.StripTransform", strip.transform)
    found = {
        "Rotated": abs(transform.rotation) > 1e-6,
        "Cropped": crop.min_x or crop.max_x or crop.min_y or crop.max_y,
        "Animated place": _animated_properties(scene, strip) & _PLACING,
    }
    return tuple(reason for reason, is_so in found.items() if is_so)


def picture_reasons(scene: bpy.types.Scene, strip: Footage, source: Source) -> tuple[str, ...]:
    """Reasons for which the strip's frame n is not its file's frame n, or looks different."""
    start = compat.content(strip).start
    found = {reason: getattr(strip, name, neutral) != neutral for name, neutral, reason in _PIXEL_SETTINGS}
    found |= {
        "Strobe": strip.strobe > 1,
        "Strip modifiers": any(not modifier.mute for modifier in strip.modifiers),
        "Retimed": len(getattr(strip, "retiming_keys", ())) > 0,
        "Starts between two frames": abs(start - round(start)) > 1e-3,
        "Animated settings": _animated_properties(scene, strip) - _PLACING,
    }
    reasons = tuple(reason for reason, is_so in found.items() if is_so)
    if isinstance(source, ImagesSource):
        return (*reasons, *_image_reasons(strip, source))
    return (*reasons, *_movie_reasons(scene, cast("bpy.types.MovieStrip", strip)))


def _movie_reasons(scene: bpy.types.Scene, strip: bpy.types.MovieStrip) -> Iterator[str]:
    timeline = scene.render.fps / scene.render.fps_base
    if abs(strip.fps / timeline - 1) > _SAME_SPEED:
        yield f"{strip.fps:.6g} frames a second in a {timeline:.6g} fps scene"
    yield from _color_reasons(strip, "sRGB")


def _image_reasons(strip: Footage, source: ImagesSource) -> Iterator[str]:
    suffixes = {Path(name).suffix.lower() for name in source.files}
    if len(suffixes) > 1:
        yield "Images of several formats"
    elif not suffixes <= _READABLE:
        yield f"Images of the format {suffixes.pop().lstrip('.').upper()}"
    yield from _color_reasons(strip, "Linear Rec.709" if suffixes == {".exr"} else "sRGB")


def _color_reasons(strip: Footage, usual: str) -> Iterator[str]:
    color_space = cast("Any", strip.colorspace_settings).name
    if color_space != usual:
        yield f"Color space {color_space}"


def _animated_properties(scene: bpy.types.Scene, strip: bpy.types.Strip) -> set[str]:
    """Names of the strip's own properties that are animated or driven and matter for its pictures."""
    name = bpy.utils.escape_identifier(strip.name)
    starts = [f'sequence_editor.{collection}["{name}"].' for collection in ("strips_all", "sequences_all")]
    rests = [path.removeprefix(start) for path in _animated_paths(scene) for start in starts if path.startswith(start)]
    return {rest.partition(".")[0].partition("[")[0] for rest in rests} - _IRRELEVANT


def _animated_paths(scene: bpy.types.Scene) -> Iterator[str]:
    data = scene.animation_data
    if data is None:
        return
    for action in (data.action, *(strip.action for track in data.nla_tracks for strip in track.strips)):
        if action:
            yield from (curve.data_path for curve in compat.action_fcurves(action))
    yield from (driver.data_path for driver in data.drivers)
