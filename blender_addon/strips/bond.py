# SPDX-License-Identifier: GPL-3.0-or-later
"""What ties a depth strip to its source. It is kept on the depth strip: asking for it touches no file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PureWindowsPath
from typing import Any, cast

import bpy

from .. import compat
from .describe import content_start, scene_rate

RESULT = "estimate_depth_result"
_SOURCE = "estimate_depth_source"
_AHEAD = "estimate_depth_ahead"
_PLAYED = "estimate_depth_played"

_CHANGES = {
    "footage": "“{}” shows other footage now",
    "direction": "“{}” plays in the other direction now",
    "speed": "“{}” plays at another speed now",
    "effect": "What “{}” is made of has changed",
    "rate": "The scene has another frame rate now",
}
"""Ways in which a strip can come to show other frames than those that its depth was made of, and what to say then."""

_SPEED = ("speed_control", "speed_factor", "speed_length", "speed_frame_number", "strobe")


@dataclass(frozen=True, slots=True)
class Bond:
    """A depth strip's source as it was when the depth strip was made.

    result: name of the job's folder. source: the source's id. ahead: scene frames from the start of the source's
    content to that of the depth's. played: how the source played its content, a text for each kind of change.
    """

    result: str
    source: str
    ahead: int
    played: dict[str, str]


def is_depth_strip(strip: bpy.types.Strip) -> bool:
    """Whether a strip was made by `add_depth_strip`."""
    return strip.get(RESULT) is not None


def tie(scene: bpy.types.Scene, depth: bpy.types.Strip, source: bpy.types.Strip, source_id: str) -> None:
    """Note on a depth strip that it shows the depth of this source, which it is in sync with now."""
    depth[_SOURCE] = source_id
    depth[_AHEAD] = content_start(depth) - content_start(source)
    depth[_PLAYED] = json.dumps(_played(scene, source))


def bond(depth: bpy.types.Strip) -> Bond | None:
    """What `tie` noted; None for other strips, and for depth strips that were added when their source was gone."""
    source = depth.get(_SOURCE)
    if source is None:
        return None
    known = cast("Any", depth)
    return Bond(known[RESULT], source, known[_AHEAD], json.loads(known[_PLAYED]))


def change(scene: bpy.types.Scene, source: bpy.types.Strip, known: Bond) -> str:
    """Why the source's frames are no longer those that its depth was made of; empty if they still are."""
    now = _played(scene, source)
    changed = next((sentence for kind, sentence in _CHANGES.items() if now[kind] != known.played[kind]), "")
    if not changed and _has_speed_effect(scene, source):
        changed = "A speed effect plays “{}”"
    return changed.format(source.name)


def _played(scene: bpy.types.Scene, strip: bpy.types.Strip) -> dict[str, str]:
    """How a strip plays its content, wherever it lies and however it is trimmed; keys as in _CHANGES."""
    return {
        "footage": repr(_footage(strip)),
        "direction": repr(_direction(strip)),
        "speed": repr([getattr(strip, name, None) for name in _SPEED] + _retiming(strip)),
        "effect": repr(_made_of(strip)),
        "rate": str(scene_rate(scene)),
    }


def _footage(strip: bpy.types.Strip) -> tuple[object, ...]:
    """Names without folders, which change when a project is moved; a Windows path has both kinds of slash."""
    known = cast("Any", strip)
    if strip.type == "MOVIE":
        return strip.type, PureWindowsPath(known.filepath).name, known.stream_index
    if strip.type == "IMAGE":
        files = known.elements
        return strip.type, len(files), files[0].filename, files[-1].filename
    shown = getattr(known, "scene", None) or getattr(known, "clip", None) or getattr(known, "mask", None)
    return strip.type, shown.name if shown else None


def _direction(strip: bpy.types.Strip) -> tuple[int, int] | None:
    """Backwards, frames are counted from the end of what the hard trim left: that counts only there."""
    if not getattr(strip, "use_reverse_frames", False):
        return None
    content = compat.content(strip)
    return content.trimmed, content.length


def _retiming(strip: bpy.types.Strip) -> list[float]:
    """Lengths of the pieces between retiming keys."""
    keys = [key.timeline_frame for key in getattr(strip, "retiming_keys", ())]
    return [after - before for before, after in pairwise(keys)]


def _made_of(strip: bpy.types.Strip) -> list[object]:
    """Effects: length and inputs. How they play depends on their handles, which are not those of any footage."""
    if not isinstance(strip, getattr(bpy.types, "EffectStrip", None) or cast("Any", bpy.types).EffectSequence):
        return []
    left, right = compat.handles(strip)
    taken: list[object] = [
        (_footage(part), content_start(part) - left, _retiming(part), _made_of(part))
        for part in compat.effect_inputs(strip)
    ]
    return [right - left, *taken]


def _has_speed_effect(scene: bpy.types.Scene, source: bpy.types.Strip) -> bool:
    editor = scene.sequence_editor
    speeds = (
        (strip for strip in compat.all_strips(editor) if strip.type == "SPEED" and not strip.mute) if editor else ()
    )
    return any(taken.name == source.name for strip in speeds for taken in compat.effect_inputs(strip))
