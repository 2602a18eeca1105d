# SPDX-License-Identifier: GPL-3.0-or-later
"""Which depth strip belongs to which strip, where sources were cut, copied and moved, and how it lies to that."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from .. import compat
from .bond import Bond, bond, change, is_depth_strip
from .describe import content_start
from .find import strip_id

GONE = "Its strip is gone"
_PLAYS_CONTENT = ("MOVIE", "IMAGE", "META", "SCENE", "MOVIECLIP", "MASK")
"""Strips that show a still before and after their content, so that no depth is missing there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a depth strip belongs: scene frame at which its movie begins, were it not trimmed, and its handles."""

    start: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A depth strip and its source; used at once, never kept, as Blender's strips are.

    place: where the depth strip belongs; None if no place would do, for the `reason`. fits: it lies there. cut_off:
    parts of the source without a depth strip of their own. lacking: the source shows frames that have no depth.
    """

    depth: bpy.types.Strip
    source: bpy.types.Strip | None
    place: Place | None = None
    reason: str = ""
    cut_off: tuple[bpy.types.Strip, ...] = ()
    lacking: bool = False

    @property
    def fits(self) -> bool:
        return self.place == place_now(self.depth) and not self.cut_off


def depth_strips(scene: bpy.types.Scene) -> list[Pair]:
    """All depth strips of the scene, each with its source. Cheap enough for redraws."""
    every = list(compat.all_strips(scene.sequence_editor)) if scene.sequence_editor else []
    depths = [(strip, bond(strip)) for strip in every if is_depth_strip(strip)]
    sources: dict[str, list[bpy.types.Strip]] = {}
    for strip in every if depths else ():
        sources.setdefault(strip_id(strip) or "", []).append(strip)
    found = [Pair(strip, None, reason=GONE) for strip, known in depths if known is None]
    for result in dict.fromkeys((known.result, known.source) for _, known in depths if known):
        group = {strip.name: known for strip, known in depths if known and (known.result, known.source) == result}
        own = [strip for strip, known in depths if known and strip.name in group]
        found += _pairs(scene, own, group, sources.get(result[1], []))
    return found


def depth_strips_of(scene: bpy.types.Scene, strip: bpy.types.Strip) -> list[Pair]:
    """The depth strips of one strip, or itself if it is one."""
    if not is_depth_strip(strip) and strip_id(strip) is None:
        return []
    return [
        pair
        for pair in depth_strips(scene)
        if strip.name in {other.name for other in (pair.depth, pair.source, *pair.cut_off) if other}
    ]


def place_over(source: bpy.types.Strip, known: Bond) -> Place:
    """Where the depth strip shows each frame's depth over its frame."""
    return Place(content_start(source) + known.ahead, *compat.handles(source))


def place_now(depth: bpy.types.Strip) -> Place:
    return Place(content_start(depth), *compat.handles(depth))


def _pairs(
    scene: bpy.types.Scene, depths: list[bpy.types.Strip], bonds: dict[str, Bond], parts: list[bpy.types.Strip]
) -> list[Pair]:
    """The depth strips of one result, and the parts and copies of its source. No part is given twice while others last.

    Those that show the most frames in common belong together, then those that are nearest on the timeline.
    """
    ranked = sorted(
        (-_common(_depth_frames(depth, bonds[depth.name]), _frames(part)), _distance(depth, part), depth_at, part_at)
        for depth_at, depth in enumerate(depths)
        for part_at, part in enumerate(parts)
    )
    chosen: dict[int, int] = {}
    for spare in (True, False):  # a part has several depth strips only where all have one
        for _, _, depth_at, part_at in ranked:
            if depth_at not in chosen and (part_at not in chosen.values() or not spare):
                chosen[depth_at] = part_at
    left_over = [part for number, part in enumerate(parts) if number not in chosen.values()]
    owned = [_frames(parts[number]) for number in chosen.values()]
    cut_off = [part for part in left_over if not any(_common(_frames(part), frames) for frames in owned)]
    return [
        _pair(scene, depth, bonds[depth.name], parts[chosen[number]] if parts else None, cut_off)
        for number, depth in enumerate(depths)
    ]


def _pair(
    scene: bpy.types.Scene,
    depth: bpy.types.Strip,
    known: Bond,
    source: bpy.types.Strip | None,
    cut_off: list[bpy.types.Strip],
) -> Pair:
    if source is None:
        return Pair(depth, None, reason=GONE)
    reason = change(scene, source, known)
    if not reason and depth.parent_meta() != source.parent_meta():
        reason = f"“{source.name}” lies in another meta strip"
    if reason:
        return Pair(depth, source, reason=reason)
    covered = _depth_frames(depth, known)
    own = tuple(part for part in cut_off if _common(_frames(part), covered) and not change(scene, part, known))
    return Pair(depth, source, place_over(source, known), cut_off=own, lacking=_is_lacking(depth, known, source))


def _frames(strip: bpy.types.Strip) -> tuple[int, int]:
    """What a strip shows between its handles, counted from the start of its content."""
    left, right = compat.handles(strip)
    start = content_start(strip)
    return left - start, right - start


def _depth_frames(depth: bpy.types.Strip, known: Bond) -> tuple[int, int]:
    """What a depth strip shows, counted as its source counts."""
    first, last = _frames(depth)
    return first + known.ahead, last + known.ahead


def _is_lacking(depth: bpy.types.Strip, known: Bond, source: bpy.types.Strip) -> bool:
    first, last = _frames(source)
    if source.type in _PLAYS_CONTENT:
        content = compat.content(source)
        begin, end = content.trimmed, content.trimmed + content.length
        first, last = min(max(first, begin), end - 1), max(min(last, end), begin + 1)
    content = compat.content(depth)
    whole = content.length + content.trimmed  # a hard trim at the end cannot be told from a shorter movie
    return first < known.ahead or last > known.ahead + whole


def _common(some: tuple[int, int], others: tuple[int, int]) -> int:
    return max(0, min(some[1], others[1]) - max(some[0], others[0]))


def _distance(depth: bpy.types.Strip, part: bpy.types.Strip) -> int:
    return abs(compat.handles(depth)[0] - compat.handles(part)[0])
