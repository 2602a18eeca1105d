# SPDX-License-Identifier: Apache-2.0
"""Stopping a job: at a safe point if one comes soon, else by ending the process."""

from __future__ import annotations

import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

import psutil

from depth_engine.models.base import Stop

SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
POLL_SECONDS = 0.1
CLOCK_SECONDS = 2.0
"""How coarse the clocks of file systems and processes may be."""
GRACE_SECONDS = 1.5
"""From the request to the forced end: a cancelled job is gone within two seconds."""


class Cancellation:
    """Whether a job was asked to stop, by its cancel file or, in a process of its own, by a signal."""

    def __init__(self, cancel_file: Path) -> None:
        self._file = cancel_file
        self._requested = threading.Event()
        process_started = psutil.Process().create_time() - CLOCK_SECONDS
        if cancel_file.exists() and cancel_file.stat().st_mtime < process_started:
            cancel_file.unlink()  # it was meant for an earlier run

    def check(self) -> None:
        """Raise Stop once the job was asked to stop."""
        if self._requested.is_set():
            raise Stop

    def clear(self) -> None:
        """Take the cancel file away: the request has been followed."""
        self._file.unlink(missing_ok=True)

    @contextmanager
    def watched(self, force: Callable[[], None] | None) -> Generator[None]:
        """Watch for requests within the block.

        With `force`, for a process of the job's own, signals count as requests, and `force` is called from the
        watching thread when the block has not ended GRACE_SECONDS after one. Call it from the main thread then.
        """
        wake, wakened = socket.socketpair()
        wakened.setblocking(False)
        closed = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(wake, closed, force), name="cancel", daemon=True)
        with wake, wakened, _signals_to(wakened) if force else nullcontext():
            watcher.start()
            try:
                yield
            finally:
                closed.set()
                watcher.join()

    def _watch(self, wake: socket.socket, closed: threading.Event, force: Callable[[], None] | None) -> None:
        requested_at: float | None = None
        while not closed.is_set():
            signalled, _, _ = select.select([wake], [], [], POLL_SECONDS)
            if requested_at is None and (signalled or self._file.exists()):
                requested_at = time.monotonic()
                self._requested.set()
            if requested_at is not None:
                closed.wait(POLL_SECONDS)
                if force and not closed.is_set() and time.monotonic() - requested_at > GRACE_SECONDS:
                    force()


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """For signals that the socket tells."""


@contextmanager
def _signals_to(wakened: socket.socket) -> Generator[None]:
    """Python's own handlers wait for the main thread, which may compute for long; the socket gets a byte at once."""
    known = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    followed = [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]
    previous = [(number, signal.signal(number, _ignore)) for number in followed]
    descriptor = signal.set_wakeup_fd(wakened.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in previous:
            signal.signal(number, handler)
