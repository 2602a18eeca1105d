# SPDX-License-Identifier: Apache-2.0
"""events.jsonl: what the engine says while it works."""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .codec import CONTRACT_VERSION, from_json
from .errors import DepthError

Phase = Literal["indexing", "loading", "cuts", "estimating", "finishing", "task"]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of events.jsonl. `at` is seconds since the epoch."""

    TYPE: ClassVar[str] = ""
    at: float = field(default_factory=time.time, kw_only=True)


@dataclass(frozen=True, slots=True)
class Started(Event):
    TYPE: ClassVar[str] = "started"
    engine_version: str
    pid: int
    model: str
    device: str
    frames_total: int


@dataclass(frozen=True, slots=True)
class TaskStarted(Event):
    """Work on a finished result begins. kind: see contract.tasks."""

    TYPE: ClassVar[str] = "task_started"
    engine_version: str
    pid: int
    kind: str


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """The job goes on from a checkpoint: `frames_done` frames are complete, and the next is the one with file number
    `next_frame`; None when only the last steps are left.
    """

    TYPE: ClassVar[str] = "resumed"
    frames_done: int
    next_frame: int | None


@dataclass(frozen=True, slots=True)
class PhaseChanged(Event):
    TYPE: ClassVar[str] = "phase"
    phase: Phase


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """`shot`, `window` and `step` count from 1; `window` of `windows` is the segment the model works on now.

    window_frames: frames that the model works on at a time if not told otherwise; 1: it goes frame by frame.

    In the phase "cuts", `step` of `steps` frames have been searched for cuts.
    """

    TYPE: ClassVar[str] = "progress"
    phase: Phase
    frames_done: int
    frames_total: int
    shot: int = 1
    shots: int = 1
    window: int = 1
    windows: int = 1
    window_frames: int = 1
    step: int = 1
    steps: int = 1
    eta_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class FramesWritten(Event):
    """Frames (file numbers, both included) that are complete on disk."""

    TYPE: ClassVar[str] = "frames_written"
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PreviewReady(Event):
    TYPE: ClassVar[str] = "preview"
    path: str


@dataclass(frozen=True, slots=True)
class WarningRaised(Event):
    TYPE: ClassVar[str] = "warning"
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Download(Event):
    """How far the download of a model's weights is, over all its files; `file` is the one at work."""

    TYPE: ClassVar[str] = "download"
    file: str
    bytes_done: int
    bytes_total: int


@dataclass(frozen=True, slots=True)
class Fetched(Event):
    """A model's weights are all here, whole and as published, in `folder`."""

    TYPE: ClassVar[str] = "fetched"
    model: str
    folder: str


@dataclass(frozen=True, slots=True)
class Failed(Event):
    TYPE: ClassVar[str] = "error"
    code: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled(Event):
    TYPE: ClassVar[str] = "cancelled"
    frames_done: int


@dataclass(frozen=True, slots=True)
class Done(Event):
    TYPE: ClassVar[str] = "done"
    manifest: str
    seconds: float


EVENTS: dict[str, type[Event]] = {
    event.TYPE: event
    for event in (
        Started,
        TaskStarted,
        Resumed,
        PhaseChanged,
        Progress,
        FramesWritten,
        PreviewReady,
        WarningRaised,
        Download,
        Fetched,
        Failed,
        Cancelled,
        Done,
    )
}


def encode_event(event: Event) -> str:
    """One JSON line, without its line end."""
    return json.dumps({"v": CONTRACT_VERSION, "type": event.TYPE, **dataclasses.asdict(event)})


def decode_event(line: str) -> Event | None:
    """The event of one line, or None for anything that is not an event of this contract version."""
    try:
        data = json.loads(line)
        if data.pop("v") != CONTRACT_VERSION:
            return None
        return from_json(EVENTS[data.pop("type")], data, "event")
    except (ValueError, KeyError, AttributeError, TypeError, DepthError, RecursionError):
        return None
