# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file shows at which scene frame, and which range of disparity counts there, as keys. Pure: no bpy.

A file number that does not exist reads as 0, so none may ever be asked for. The keys see to that: consecutive numbers
run linearly from the first to the last; a frame after which some were skipped holds until the next computed one; the
curve is constant before its first and after its last key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..engine.contract import ShotRange


class Key(NamedTuple):
    """One key of a curve; with hold the value stays until the next key, else it runs linearly to it."""

    frame: float
    value: float
    hold: bool


def file_number_keys(numbers: Sequence[int], number_one: int) -> list[Key]:
    """Keys for the increasing file numbers that exist; number n belongs to scene frame number_one + n - 1."""
    keys: list[Key] = []
    for first, last in _runs(numbers):
        if last > first:
            keys.append(Key(number_one + first - 1, first, hold=False))
        keys.append(Key(number_one + last - 1, last, hold=True))
    return keys


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of consecutive numbers."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = number
        elif number != last + 1:
            yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


def shot_range_keys(shots: Iterable[ShotRange], numbers: Sequence[int], number_one: int) -> tuple[list[Key], list[Key]]:
    """Keys of the range's lower and upper end: each shot's 1 to 99 % range, from its first computed file on."""
    low: list[Key] = []
    high: list[Key] = []
    for shot in shots:
        first = bisect_left(numbers, shot.first)
        if first == len(numbers) or numbers[first] > shot.last:
            continue
        frame = number_one + numbers[first] - 1
        low.append(Key(frame, shot.p1, hold=True))
        high.append(Key(frame, shot.p99, hold=True))
    return low, high


def clip_range(shots: Sequence[ShotRange]) -> tuple[float, float]:
    """One range that holds every shot's 1 to 99 % range."""
    return min(shot.p1 for shot in shots), max(shot.p99 for shot in shots)
