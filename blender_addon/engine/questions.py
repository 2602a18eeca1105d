# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user interface wants to know from the engine: asked when it stands still, answered later, kept by key."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from .contract import DepthError, ExitCode
from .query import Query

T = TypeVar("T")

DEBOUNCE_SECONDS = 0.3
KEPT = 64


class Questions(Generic[T]):
    """Questions of one kind. Only the newest is asked; the answers of earlier ones are kept.

    `want` is cheap and may be called by every redraw; `tick` does the work.
    """

    def __init__(self) -> None:
        self.revision = 0  # counts up with every change that is worth a redraw
        self._answers: OrderedDict[Hashable, T | DepthError] = OrderedDict()
        self._wanted: tuple[Hashable, Callable[[], Query[T]]] | None = None
        self._wanted_at = 0.0
        self._asked: tuple[Hashable, Query[T]] | None = None

    def want(self, key: Hashable, ask: Callable[[], Query[T]]) -> T | DepthError | None:
        """The answer for `key` or why there is none; None while it is not known, and then it will be asked."""
        if key in self._answers:
            self._answers.move_to_end(key)
            return self._answers[key]
        if self._wanted is None or self._wanted[0] != key:
            self._wanted, self._wanted_at = (key, ask), time.monotonic()
        return None

    def known(self, key: Hashable) -> T | DepthError | None:
        """The answer for `key` if it is known; nothing is asked."""
        return self._answers.get(key)

    def forget(self) -> None:
        """Ask everything anew when it is wanted again: the engine or the world has changed."""
        self.cancel()
        self._answers.clear()
        self.revision += 1

    @property
    def active(self) -> bool:
        return self._wanted is not None or self._asked is not None

    def tick(self) -> None:
        """Fetch the answer that is there; ask what has been wanted for a moment, in place of what is not any more."""
        if self._asked and self._asked[1].poll():
            key, query = self._asked
            self._keep(key, query.error or query.answer)
        if self._wanted is None or time.monotonic() - self._wanted_at < DEBOUNCE_SECONDS:
            return
        key, ask = self._wanted
        if self._asked is None or self._asked[0] != key:
            self._withdraw()
            self._ask(key, ask)

    def cancel(self) -> None:
        """Withdraw what is being asked or wanted."""
        self._wanted = None
        self._withdraw()

    def _withdraw(self) -> None:
        if self._asked:
            self._asked[1].cancel()
            self._asked = None

    def _ask(self, key: Hashable, ask: Callable[[], Query[T]]) -> None:
        try:
            self._asked = (key, ask())
        except OSError as error:  # no room for the question itself
            message = f"Cannot ask the engine: {error.strerror} ({error.filename})."
            self._keep(key, DepthError(ExitCode.DISK_FULL, message, "Free some space for temporary files."))

    def _keep(self, key: Hashable, answer: T | DepthError | None) -> None:
        if answer is not None:
            self._answers[key] = answer
        if len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        self._asked = None
        self.revision += 1
        if self._wanted and self._wanted[0] == key:
            self._wanted = None
