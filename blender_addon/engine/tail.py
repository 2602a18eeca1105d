# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a growing events.jsonl piece by piece."""

from __future__ import annotations

from pathlib import Path

from .contract import Event, decode_event

CHUNK_BYTES = 64 * 1024  # some hundred events: a few hundredths of a second
LONGEST_LINE_BYTES = 1024 * 1024


class EventTail:
    """Gives the events that were appended since the last call; whatever is not an event is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._partial = b""

    def read(self) -> tuple[list[Event], bool]:
        """The next events, from at most one chunk of the file, and whether this was the file's end."""
        try:
            with self._path.open("rb") as file:
                if file.seek(0, 2) < self._offset:  # the file was started anew
                    self._offset, self._partial = 0, b""
                file.seek(self._offset)
                chunk = file.read(CHUNK_BYTES)
        except OSError:  # not written yet, or its folder is away for a moment (a network drive)
            return [], True
        self._offset += len(chunk)
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        if len(self._partial) > LONGEST_LINE_BYTES:
            self._partial = b""
        events = (decode_event(line.decode("utf-8", "replace")) for line in lines)
        return [event for event in events if event is not None], len(chunk) < CHUNK_BYTES
