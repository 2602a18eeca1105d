# SPDX-License-Identifier: Apache-2.0
"""How a download is shown: a bar on a terminal, lines elsewhere, JSON for programs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bar

from depth_engine.cli.reports import LINE_EVERY_SECONDS, print_line
from depth_engine.cli.tables import size
from depth_engine.contract import DepthError, Download, ExitCode, Failed, Fetched, encode_event

DownloadEvent = Download | Fetched | Failed
Tell = Callable[[DownloadEvent], None]


@contextmanager
def make_download_report(as_json: bool) -> Generator[Tell]:
    """What takes a download's events, fitting what the program's output is. Ctrl+C becomes DepthError CANCELLED."""
    report = _as_json if as_json else _bar if sys.stdout.isatty() else _lines
    stopped = DepthError(
        ExitCode.CANCELLED, "The download was stopped; what has come is kept.", "The same command goes on from there."
    )
    with report() as tell:
        try:
            yield tell
        except KeyboardInterrupt:
            tell(Failed(stopped.code, stopped.message, stopped.hint))
            raise stopped from None


@contextmanager
def _as_json() -> Generator[Tell]:
    """Events as JSON lines; other failures than a stop are told by the program's end."""
    yield lambda event: print_line(encode_event(event), _stop)


@contextmanager
def _lines() -> Generator[Tell]:
    """Plain lines, for logs."""
    told_at = time.monotonic()

    def tell(event: DownloadEvent) -> None:
        nonlocal told_at
        if not isinstance(event, Download):
            print_line(_sentence(event), _stop)
        elif time.monotonic() - told_at > LINE_EVERY_SECONDS:
            told_at = time.monotonic()
            print_line(f"{event.file}: {size(event.bytes_done)} of {size(event.bytes_total)}", _stop)

    yield tell


@contextmanager
def _bar() -> Generator[Tell]:
    """One bar that fills."""
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Bar(*columns, TimeRemainingColumn(), console=Console(highlight=False)) as bar:
        task = bar.add_task("Starting", total=None)

        def tell(event: DownloadEvent) -> None:
            if isinstance(event, Download):
                bar.update(task, description=event.file, completed=event.bytes_done, total=event.bytes_total)
            else:
                bar.console.print(_sentence(event), markup=False)

        yield tell


def _sentence(event: Fetched | Failed) -> str:
    if isinstance(event, Fetched):
        return f"{event.model} is complete: {event.folder}"
    return f"{event.message} {event.hint}"


def _stop() -> None:
    """Whoever wanted the download is gone."""
    raise KeyboardInterrupt
