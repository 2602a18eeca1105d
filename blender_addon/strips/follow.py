# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth strips are moved, trimmed and cut as their sources were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import bpy

from .. import compat
from .bond import bond
from .pairs import Pair, Place, place_now, place_over


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of it: names of the depth strips that lie over their source now, and why others could not follow."""

    names: tuple[str, ...]
    reasons: tuple[str, ...]


def follow(scene: bpy.types.Scene, pairs: Iterable[Pair]) -> Followed:
    """Lay depth strips over their sources, frame by frame, on the channels that they are on.

    Where a source was cut, its depth strip is cut alike. One that finds no room, or whose source shows something else
    now, stays as it is; what leaves its place makes room for the others.
    """
    reasons: list[str] = []
    moves: list[Pair] = []
    for pair in pairs:
        if pair.place is None:
            reasons.append(f"“{pair.depth.name}” no longer fits: {pair.reason}")
        elif cast("Any", pair.depth).lock:
            reasons.append(f"“{pair.depth.name}” is locked")
        elif not pair.fits:
            moves.append(pair)
    moves, crowded = _with_room(scene, moves)
    reasons += crowded
    places: dict[str, tuple[int, Place]] = {}
    for pair in moves:
        places |= _cut(pair)
    _lay(scene, places)
    return Followed(tuple(places), tuple(reasons))


def _with_room(scene: bpy.types.Scene, pairs: list[Pair]) -> tuple[list[Pair], list[str]]:
    """The pairs whose depth strips will lie over no other strip, and sentences on the rest.

    One that has to stay takes the room of others: hence again and again.
    """
    said: list[str] = []
    while True:
        blocked = {pair.depth.name: name for pair in pairs if (name := _in_the_way(scene, pair, pairs))}
        if not blocked:
            return pairs, said
        for depth, name in blocked.items():
            said.append(f"“{depth}” has no room on its channel: “{name}” is in the way")
        pairs = [pair for pair in pairs if pair.depth.name not in blocked]


def _in_the_way(scene: bpy.types.Scene, pair: Pair, pairs: list[Pair]) -> str:
    """Name of a strip that would lie where the depth strip has to; empty if none."""
    moving = {other.depth.name for other in pairs}
    meta = cast("bpy.types.MetaStrip | None", pair.depth.parent_meta())
    owner = meta or cast("bpy.types.SequenceEditor", scene.sequence_editor)
    stay = [strip for strip in compat.strips(owner) if strip.name not in moving]
    taken = [(strip.name, compat.handles(strip)) for strip in stay if strip.channel == pair.depth.channel]
    for other in pairs:
        if (
            other.depth != pair.depth
            and other.depth.channel == pair.depth.channel
            and other.depth.parent_meta() == meta
        ):
            taken += [(other.depth.name, (place.left, place.right)) for place in _places(other)]
    wanted = _places(pair)
    return next(
        (name for name, (left, right) in taken for place in wanted if left < place.right and place.left < right), ""
    )


def _places(pair: Pair) -> list[Place]:
    """Where the depth strip and those that are cut off it have to lie."""
    known = bond(pair.depth)
    if pair.source is None or known is None:
        return []
    return [place_over(part, known) for part in (pair.source, *pair.cut_off)]


def _cut(pair: Pair) -> dict[str, tuple[int, Place]]:
    """Cut the depth strip into as many as its source; where each has to lie, by their names."""
    channel, places = pair.depth.channel, _places(pair)
    found = {pair.depth.name: (channel, places[0])}
    for place in places[1:]:
        left, right = compat.handles(pair.depth)
        compat.set_handles(pair.depth, left, max(right, left + 2))
        part = cast("Any", pair.depth).split(frame=left + 1, split_method="SOFT")
        found[part.name] = (channel, place)
    return found


def _lay(scene: bpy.types.Scene, places: dict[str, tuple[int, Place]]) -> None:
    """Move and trim strips, then bring them back to their channels: Blender puts what would overlap onto others."""
    if not places:
        return
    strips = compat.all_strips(cast("bpy.types.SequenceEditor", scene.sequence_editor))
    for name, (_, place) in places.items():
        compat.move(strips[name], place.start - place_now(strips[name]).start)
        compat.set_handles(strips[name], place.left, place.right)
    for _ in places:  # one that was put onto another's channel has to leave first
        for name, (channel, _) in places.items():
            if strips[name].channel != channel:
                strips[name].channel = channel
