# SPDX-License-Identifier: Apache-2.0
"""Frame rates as exact fractions, and whether time stamps follow one."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Ticks = NDArray[np.int64]

_PLAUSIBLE = (Fraction(1, 3600), Fraction(1000))
_FALLBACK = Fraction(24)


def exact_rate(text: str) -> Fraction:
    """The rate that a person means: "29.97" and "23.976" are short for 30000/1001 and 24000/1001."""
    rate = Fraction(text)
    return _ntsc(rate) or rate


def find_rate(ticks: Ticks, time_base: Fraction, candidates: Iterable[Fraction | None]) -> Fraction:
    """The frame rate of time stamps that start at 0, in units of `time_base` seconds.

    The first candidate, or the standard rate next to it, that all stamps keep to within their own rounding; else the
    average, tidied up.
    """
    plausible = [rate for rate in candidates if rate and _PLAUSIBLE[0] <= rate <= _PLAUSIBLE[1]]
    usable = [*map(_tidy, plausible), *plausible]
    if len(ticks) < 2:
        return usable[0] if usable else _FALLBACK
    average = (len(ticks) - 1) / (int(ticks[-1]) * time_base)
    tidy = _tidy(average)
    for rate in [*usable, tidy]:
        if np.all(np.abs(ticks - _due(len(ticks), rate, time_base)) <= 1):
            return rate
    return tidy


def is_constant(ticks: Ticks, time_base: Fraction, rate: Fraction) -> bool:
    """Whether frame n (from 0) is the one on show n/rate seconds after the first, for every n.

    Times are rounded to the time base, as players round them when they look for a frame.
    """
    due = _due(len(ticks), rate, time_base)
    return bool(np.all(ticks <= due) and np.all(due[:-1] < ticks[1:]))


def _due(count: int, rate: Fraction, time_base: Fraction) -> Ticks:
    """n/rate in ticks, halves rounded up, for n below count."""
    step = 1 / (rate * time_base)
    n = np.arange(count, dtype=np.int64)
    return (2 * n * step.numerator + step.denominator) // (2 * step.denominator)


def _ntsc(rate: Fraction) -> Fraction | None:
    """The 1000/1001 rate that a rounded decimal such as 23.98 or 29.97 stands for."""
    if rate.denominator == 1:
        return None
    exact = Fraction(round(rate * 1001 / 1000) * 1000, 1001)
    return exact if abs(rate - exact) < Fraction(6, 1000) and exact >= 23 else None


def _tidy(rate: Fraction) -> Fraction:
    """A measured rate as the standard rate next to it, or as a short fraction."""
    whole = Fraction(max(1, round(rate)))
    for standard in (whole, whole * 1000 / 1001):
        if abs(rate - standard) < standard / 5000:
            return standard
    return rate.limit_denominator(1001) or rate
