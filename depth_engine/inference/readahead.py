# SPDX-License-Identifier: Apache-2.0
"""Decode while the model computes: a thread reads ahead, a few items at most."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_END = object()


@contextmanager
def read_ahead(source: Iterable[T], limit: int = 4) -> Generator[Iterator[T]]:
    """Iterate over `source` in a thread; at most `limit` items wait. A failure is raised where its item would come.

    Leaving the block ends the thread, also in the middle.
    """
    items = iter(source)
    thread = ThreadPoolExecutor(1, "reader")

    def taken() -> Iterator[T]:
        waiting = deque(thread.submit(next, items, _END) for _ in range(limit))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(thread.submit(next, items, _END))
            yield item  # pyright: ignore[reportReturnType]  anything but the end is an item

    try:
        yield taken()
    finally:
        thread.shutdown(cancel_futures=True)
