# SPDX-License-Identifier: GPL-3.0-or-later
"""Strips that stay known while they are moved, renamed, trimmed and copied."""

from __future__ import annotations

import uuid
from typing import cast

import bpy

from .. import compat
from .describe import content_start
from .description import Direct, Rendered, StripDescription
from .placement import Placement

_ID = "estimate_depth_id"


def place(
    scene: bpy.types.Scene, strip: bpy.types.Strip, description: StripDescription, decision: Direct | Rendered
) -> Placement:
    """Where the strip of a starting job lies. The strip gets an id by which it is found again."""
    return Placement(
        scene=scene.name,
        strip_name=strip.name,
        strip_id=give_id(strip, uuid.uuid4().hex),
        left=description.left,
        right=description.right,
        channel=strip.channel,
        number_one=decision.number_one,
        content_start=content_start(strip),
        rate=description.rate,
        on_canvas=description.on_canvas,
    )


def find_strip(scene: bpy.types.Scene, strip_id: str, like: Placement | None = None) -> bpy.types.Strip | None:
    """The scene's strip with this id. Copies of a strip share its id: the one most like the placement is taken.

    A strip that lost its id, by an undo or with a file that was not saved, is known by the placement's name.
    """
    found = [strip for strip in _strips(scene) if strip_id and strip.get(_ID) == strip_id]
    if like and not found:
        found = [strip for strip in _strips(scene) if strip.name == like.strip_name and strip.get(_ID) is None]
    if like is None or len(found) < 2:
        return found[0] if found else None
    return min(
        found,
        key=lambda strip: (
            strip.name != like.strip_name,
            abs(compat.handles(strip)[0] - like.left),
            abs(strip.channel - like.channel),
        ),
    )


def strip_id(strip: bpy.types.Strip) -> str | None:
    """The id of a strip that was placed; None if no job was ever started for it."""
    return cast("str | None", strip.get(_ID))


def give_id(strip: bpy.types.Strip, new: str) -> str:
    """The strip's id; a strip without one gets `new`."""
    own = strip_id(strip)
    if own is None:
        own = strip[_ID] = new
    return own


def _strips(scene: bpy.types.Scene) -> list[bpy.types.Strip]:
    return list(compat.all_strips(scene.sequence_editor)) if scene.sequence_editor else []
