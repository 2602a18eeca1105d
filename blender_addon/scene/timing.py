# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file shows at which scene frame, and which range of disparity counts there, as keys. Pure: no bpy.

A file number that does not exist reads as 0, so none may ever be asked for. The keys see to that: consecutive numbers
run linearly from the first to the last; a frame after which some were skipped holds until the next computed one; the
curve is constant before its first and after its last key, and no run crosses a cut.
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


def file_number_keys(
    numbers: Sequence[int],
    number_one: int,
    shots: Sequence[ShotRange] = (),
    offset: int = 0,
    shown: Sequence[int] = (),
) -> list[Key]:
    """Keys for the increasing file numbers that exist; number n belongs to scene frame number_one + n - 1.

    offset: by how many files beside the shown one, never beyond its shot. shown: what another sequence calls these
    files. At a cut everything changes at once, on the next shot's first frame.
    """
    starts = sorted({0, *(bisect_left(numbers, shot.first) for shot in shots)} - {len(numbers)})
    keys: list[Key] = []
    for start, end in zip(starts, [*starts[1:], len(numbers)]):
        places = (min(max(place + offset, start), end - 1) for place in range(start, end))
        values = [(shown or numbers)[place] for place in places]
        keys += _keys([number_one + number - 1 for number in numbers[start:end]], values)
    return keys


def _keys(frames: Sequence[int], values: Sequence[int]) -> Iterator[Key]:
    """As few keys as say the same: values that rise with the frames run linearly, others hold."""
    before = True  # whether the key before holds
    for place, (frame, value) in enumerate(zip(frames, values)):
        last = place == len(values) - 1
        hold = last or (frames[place + 1] - frame, values[place + 1] - value) != (1, 1)
        if before or hold:
            yield Key(frame, value, hold)
        before = hold


def shot_frames(shots: Iterable[ShotRange], numbers: Sequence[int], number_one: int) -> Iterator[tuple[ShotRange, int]]:
    """Each shot that has computed files, with the scene frame of the first of them."""
    for shot in shots:
        first = bisect_left(numbers, shot.first)
        if first < len(numbers) and numbers[first] <= shot.last:
            yield shot, number_one + numbers[first] - 1


def clip_range(shots: Sequence[ShotRange]) -> tuple[float, float]:
    """One range that holds every shot's 1 to 99 % range."""
    return min(shot.p1 for shot in shots), max(shot.p99 for shot in shots)
