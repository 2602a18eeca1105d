# SPDX-License-Identifier: GPL-3.0-or-later
"""The one timer that lets the session work. It is there only while there is something to do."""

from __future__ import annotations

import time
from collections.abc import Hashable

import bpy
from bpy.app.handlers import persistent

from .. import lists, models
from .session import session

INTERVAL_SECONDS = 0.1
REDRAW_SECONDS = 0.2  # at most five redraws a second
_SHOWN_IN = {"SEQUENCE_EDITOR", "PREFERENCES"}


class Redraws:
    """When the areas are drawn anew: after a change of what they show, and not more often than is useful."""

    def __init__(self) -> None:
        self._shown: Hashable = None
        self._at = 0.0

    def is_due(self, look: Hashable, now: float) -> bool:
        """Whether to draw `look` now; it counts as drawn then."""
        if look == self._shown or now - self._at < REDRAW_SECONDS:
            return False
        self._shown, self._at = look, now
        return True

    def is_pending(self, look: Hashable) -> bool:
        """Whether `look` still has to be drawn."""
        return look != self._shown


_redraws = Redraws()


def wake() -> None:
    """Let the session work until it is idle again. Cheap: every redraw may call it."""
    if not bpy.app.background and not bpy.app.timers.is_registered(tick):  # timers never fire in the background
        bpy.app.timers.register(tick, first_interval=INTERVAL_SECONDS, persistent=True)


def tick() -> float | None:
    """What the timer calls: None ends it."""
    session().tick()
    mirror()
    look = session().look()
    if _redraws.is_due(look, time.monotonic()):
        _tag_areas()
    return INTERVAL_SECONDS if session().active or _redraws.is_pending(look) else None


def mirror() -> None:
    """Bring the lists that panels show up to date."""
    book = session().book
    lists.mirror(lists.lists_of(bpy.context), book.jobs, set(filter(book.is_preview, book.jobs)), models.known)


def _tag_areas() -> None:
    for manager in bpy.data.window_managers:
        for window in manager.windows:
            for area in window.screen.areas:
                if area.type in _SHOWN_IN:
                    area.tag_redraw()


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
