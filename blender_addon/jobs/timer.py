# SPDX-License-Identifier: GPL-3.0-or-later
"""The one timer that lets the session work. It is there only while there is something to do."""

from __future__ import annotations

import time
from collections.abc import Hashable

import bpy
from bpy.app.handlers import persistent

from .session import session

INTERVAL_SECONDS = 0.1
REDRAW_SECONDS = 0.2  # at most five redraws a second
_SHOWN_IN = {"SEQUENCE_EDITOR", "PREFERENCES"}

_drawn: tuple[float, Hashable] = (0.0, None)
"""When the areas were last tagged, and what they were to show."""


def wake() -> None:
    """Let the session work until it is idle again. Cheap: every redraw may call it."""
    if not bpy.app.background and not bpy.app.timers.is_registered(tick):  # timers never fire in the background
        bpy.app.timers.register(tick, first_interval=INTERVAL_SECONDS, persistent=True)


def tick() -> float | None:
    """What the timer calls: None ends it."""
    session().tick()
    pending = _redraw()
    return INTERVAL_SECONDS if pending or session().active else None


def _redraw() -> bool:
    """Redraw what has changed, unless that was done a moment ago; True while a redraw is still due."""
    global _drawn
    look, now = session().look(), time.monotonic()
    if look == _drawn[1]:
        return False
    if now - _drawn[0] < REDRAW_SECONDS:
        return True
    _drawn = now, look
    for manager in bpy.data.window_managers:
        for window in manager.windows:
            for area in window.screen.areas:
                if area.type in _SHOWN_IN:
                    area.tag_redraw()
    return False


@persistent
def _file_closes(*_: object) -> None:
    session().book.leave_scene()


@persistent
def _file_opened(*_: object) -> None:
    session().book.search()
    wake()


def register() -> None:
    bpy.app.handlers.load_pre.append(_file_closes)
    bpy.app.handlers.load_post.append(_file_opened)
    wake()  # jobs of earlier sessions are looked for


def unregister() -> None:
    bpy.app.handlers.load_post.remove(_file_opened)
    bpy.app.handlers.load_pre.remove(_file_closes)
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
