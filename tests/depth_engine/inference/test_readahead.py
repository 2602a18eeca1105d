# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading ahead in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from depth_engine.inference.readahead import read_ahead


def test_items_come_in_order_and_end():
    with read_ahead(range(100)) as items:
        assert list(items) == list(range(100))


def test_no_more_is_read_than_may_wait():
    given: list[int] = []

    def source() -> Iterator[int]:
        for number in range(1000):
            given.append(number)
            yield number

    with read_ahead(source(), limit=4) as items:
        for taken in range(1, 50):
            next(items)
            assert len(given) <= taken + 4
    assert len(given) <= 54


def test_a_failure_comes_where_its_item_would():
    def source() -> Iterator[int]:
        yield from range(10)
        raise ValueError("broken")

    seen: list[int] = []
    with pytest.raises(ValueError, match="broken"), read_ahead(source()) as items:
        for item in items:
            seen.append(item)  # noqa: PERF402  what came before the failure counts
    assert seen == list(range(10))


def test_leaving_early_ends_the_thread():
    before = threading.active_count()
    with read_ahead(iter(int, 1)) as items:
        assert next(items) == 0
    assert threading.active_count() == before
