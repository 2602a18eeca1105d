# SPDX-License-Identifier: Apache-2.0
"""A run's events and log."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from depth_engine.contract import Event, JobFolder, WarningRaised, encode_event

log = logging.getLogger("depth_engine")

Sink = Callable[[Event], None]


class _LogFile(logging.FileHandler):
    """A log that cannot be written (a full disk) stays quiet: the failure itself is told elsewhere."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's own name
        pass


class Journal:
    """Appends events to events.jsonl, one flushed line each, gives them to `sink`, and keeps engine.log.

    Every run has its own stream: that of an earlier, failed run is kept as events.1.jsonl, events.2.jsonl and so on.
    A run ends once: whoever gets True from `claim_end` writes the last event.
    """

    def __init__(self, folder: JobFolder, sink: Sink | None) -> None:
        self._folder = folder
        self._sink = sink
        self._lock = threading.Lock()
        self._ended = threading.Lock()
        self.warnings: list[str] = []

    def __enter__(self) -> Self:
        self._handler = _LogFile(self._folder.log_file, encoding="utf-8")
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logging.captureWarnings(True)
        for logger in (log, logging.getLogger("py.warnings")):
            logger.addHandler(self._handler)
        log.setLevel(logging.INFO)
        log.propagate = False  # a person reads the event, not the log
        events = self._folder.events_file
        if events.exists():
            events.rename(next(p for n in itertools.count(1) if not (p := events.with_suffix(f".{n}.jsonl")).exists()))
        self._file = events.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._file.close()
        logging.captureWarnings(False)
        for logger in (log, logging.getLogger("py.warnings")):
            logger.removeHandler(self._handler)
        self._handler.close()

    def write(self, event: Event) -> None:
        with self._lock:
            try:
                self._file.write(encode_event(event) + "\n")
                self._file.flush()
            finally:
                if self._sink:
                    self._sink(event)

    def warn(self, message: str, hint: str = "") -> None:
        """Tell a warning that belongs into the manifest, where it stands once."""
        log.warning("%s %s", message, hint)
        if message not in self.warnings:
            self.warnings.append(message)
        self.write(WarningRaised(message, hint))

    def claim_end(self) -> bool:
        """True for the first caller only."""
        return self._ended.acquire(blocking=False)
