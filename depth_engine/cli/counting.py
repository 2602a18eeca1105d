# SPDX-License-Identifier: Apache-2.0
"""Progress of work that is counted: a bar with the time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from depth_engine.cli.reports import LINE_EVERY_SECONDS, duration


@contextmanager
def counting(title: str, total: int) -> Generator[Callable[[str], None]]:
    """Yields what is called once for each piece of work, from any thread, with a word on how far it is."""
    if sys.stdout.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, TextColumn("{task.fields[detail]}"), console=Console(highlight=False)) as bar:
            task = bar.add_task(title, total=total, detail="")
            yield lambda detail: bar.update(task, advance=1, detail=detail)
    else:
        yield _Lines(title, total)


class _Lines:
    def __init__(self, title: str, total: int) -> None:
        self._title, self._total, self._done = title, total, 0
        self._began = self._told = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self, detail: str) -> None:
        with self._lock:
            self._done += 1
            now = time.monotonic()
            if now - self._told < LINE_EVERY_SECONDS and self._done < self._total:
                return
            self._told = now
            left = (now - self._began) / self._done * (self._total - self._done)
            typer.echo(f"{self._title}: {self._done} of {self._total}, {duration(left)} left; {detail}")
