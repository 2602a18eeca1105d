# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip as plain data, and whether the engine can read its footage itself. Pure: no bpy."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..engine.contract import Source, SourceFacts

_SAME_RATE = 1e-4
"""Relative difference up to which two ways to measure one file's frame rate agree."""


@dataclass(frozen=True, slots=True)
class StripDescription:
    """A strip as it lies on the timeline now.

    left, right: first frame, and the frame after the last. size: pixels of the frames that the engine gets: the
    footage's own, or the scene's if on_canvas. rate: frames a second of the timeline, exact.
    source, frames: the footage and its frames (from 1, both included) that show between the handles, when the engine
    can read it itself; None when Blender must render the frames first, for the render_reasons.
    number_one: scene frame at which file number 1 shows or would show.
    """

    name: str
    kind: str
    left: int
    right: int
    size: tuple[int, int]
    rate: str
    source: Source | None
    frames: tuple[int, int] | None
    number_one: int
    render_reasons: tuple[str, ...]
    on_canvas: bool


@dataclass(frozen=True, slots=True)
class Direct:
    """The engine reads the footage itself: Blender's frames are the engine's frames."""

    source: Source
    frames: tuple[int, int]
    number_one: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """Blender renders the strip's frames first; `reason` says why, for the user."""

    reason: str
    number_one: int


def decide(description: StripDescription, facts: SourceFacts | None) -> Direct | Rendered:
    """Whether the engine can read the strip's footage itself; `facts` are the engine's findings in it.

    Without facts the answer is provisional: what the strip alone tells.
    """
    source, frames = description.source, description.frames
    reasons = list(description.render_reasons)
    if source and frames and facts:
        reasons += _differences(description.rate, frames, facts)
    if reasons or source is None or frames is None:
        text = ", ".join([*reasons[:1], *(reason[0].lower() + reason[1:] for reason in reasons[1:])])
        return Rendered(f"{text}: frames will be rendered first", description.left)
    return Direct(source, frames, description.number_one)


def _differences(rate: str, frames: tuple[int, int], facts: SourceFacts) -> list[str]:
    """Why Blender's frame n may not be the engine's frame n, from what the engine found.

    Blender takes frames by time, the engine counts them, and Blender 4.2 shows turned videos unturned.
    """
    reasons: list[str] = []
    if not facts.constant_rate:
        reasons.append("Variable frame rate")
    elif abs(Fraction(facts.rate) / Fraction(rate) - 1) > _SAME_RATE:
        reasons.append(f"{float(Fraction(facts.rate)):.6g} frames a second in a {float(Fraction(rate)):.6g} fps scene")
    elif frames[1] > facts.frame_count:
        reasons.append("Fewer frames in the file than Blender counts")
    if abs(facts.start_seconds) * Fraction(facts.rate) >= 0.5:
        reasons.append("Video starts late" if facts.start_seconds > 0 else "Video starts early")
    if facts.rotation % 360:
        reasons.append("Turned video")
    return reasons


def seen_frames(handles: tuple[int, int], content_start: int, length: int, offset: int) -> tuple[int, int]:
    """First and last source frame (from 1) that show between a strip's handles.

    content_start: scene frame of the first frame that is left after the hard trim; length: how many are left;
    offset: how many the hard trim took at the start. Handles beyond the content hold its first or last frame.
    """
    left, right = handles
    first = min(max(left - content_start, 0), length - 1)
    last = min(max(right - 1 - content_start, 0), length - 1)
    return offset + first + 1, offset + last + 1
