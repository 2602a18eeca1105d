# SPDX-License-Identifier: Apache-2.0
"""How a running job is shown: a bar on a terminal, lines elsewhere, JSON for programs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Protocol, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from depth_engine.contract import (
    Cancelled,
    Done,
    Event,
    Failed,
    JobFolder,
    PhaseChanged,
    Progress,
    Resumed,
    Started,
    WarningRaised,
    encode_event,
)

PHASES = {
    "loading": "Loading the model",
    "indexing": "Reading the footage",
    "cuts": "Finding cuts",
    "estimating": "Estimating depth",
    "finishing": "Finishing",
    "task": "Working",
}
LINE_EVERY_SECONDS = 10.0


def duration(seconds: float) -> str:
    """A time in words: "45 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def make_report(folder: JobFolder, as_json: bool) -> Report:
    """The report that fits what the program's output is."""
    if as_json:
        return JsonReport(folder)
    return TerminalReport(folder) if sys.stdout.isatty() else LineReport(folder)


class Report(Protocol):
    """Takes a job's events, from any thread, between entering and leaving."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def __call__(self, event: Event) -> None: ...


class JsonReport:
    """Events as JSON lines. Failures are told by the program's end, as those before the job began are too."""

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, event: Event) -> None:
        if not isinstance(event, Failed):
            print_line(encode_event(event), self._folder.request_cancel)


class LineReport:
    """Plain lines, for logs."""

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        self._told = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, event: Event) -> None:
        match event:
            case PhaseChanged():
                self.say(f"{PHASES[event.phase]} …")
            case Progress() if time.monotonic() - self._told > LINE_EVERY_SECONDS:
                self._told = time.monotonic()
                done, total = _counted(event)
                self.say(f"{done} of {total} frames{_detail(event)}")
            case _:
                tell(event, self._folder, self.say)

    def say(self, text: str) -> None:
        print_line(text, self._folder.request_cancel)


class TerminalReport:
    """One bar that fills."""

    def __init__(self, folder: JobFolder) -> None:
        self._folder = folder
        columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        self._bar = Bar(*columns, TextColumn("frames{task.fields[detail]}"), console=Console(highlight=False))
        self._task = self._bar.add_task("Starting", total=None, detail="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case PhaseChanged():
                self._bar.update(self._task, description=PHASES[event.phase])
            case Progress():
                done, total = _counted(event)
                self._bar.update(self._task, completed=done, total=total, detail=_detail(event))
            case _:
                if isinstance(event, (Done, Cancelled, Failed)):
                    self._bar.stop()  # gives the cursor back, also when the process ends at once
                tell(event, self._folder, self._say)

    def _say(self, text: str) -> None:
        self._bar.console.print(text, markup=False)


def print_line(text: str, cancel: Callable[[], None]) -> None:
    """Print; when whoever reads it is gone, the wish for the work is gone with him."""
    try:
        typer.echo(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        cancel()


def tell(event: Event, folder: JobFolder, say: Callable[[str], None]) -> None:
    """Say what a person wants to know besides the progress."""
    match event:
        case Started():
            say(f"{event.frames_total} frames with {event.model} on {event.device}")
        case Resumed():
            after = f"from frame {event.next_frame}" if event.next_frame else "with its last steps"
            say(f"Continued {after}: {event.frames_done} frames are complete")
        case WarningRaised():
            say(f"warning: {event.message} {event.hint}".rstrip())
        case Cancelled():
            say(f"Cancelled; {event.frames_done} frames are complete in {folder.path}")
        case Done():
            _tell_seams(folder, say)
            say(f"Done in {duration(event.seconds)}: {folder.path}")
        case _:
            pass


def _tell_seams(folder: JobFolder, say: Callable[[str], None]) -> None:
    manifest = folder.read_manifest()
    applied = sum(seam.applied for seam in manifest.seams) if manifest else 0
    if manifest and manifest.seam_picture and applied:
        picture = folder.path / manifest.seam_picture
        say(f"Drift between windows was taken out at {applied} of {len(manifest.seams)} overlaps: {picture}")


def _counted(event: Progress) -> tuple[int, int]:
    """The frames that the phase at work has done, and has to do."""
    return (event.step, event.steps) if event.phase == "cuts" else (event.frames_done, event.frames_total)


def _detail(event: Progress) -> str:
    if event.phase == "cuts":
        return ""
    in_windows = 1 < event.windows < event.frames_total
    window = f", window {event.window} of {event.windows}" if in_windows else ""
    step = f", step {event.step} of {event.steps}" if event.steps > 1 else ""
    left = f", {duration(event.eta_seconds)} left" if event.eta_seconds is not None else ""
    return window + step + left
