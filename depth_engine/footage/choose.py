# SPDX-License-Identifier: Apache-2.0
"""Which frames to compute: a range, every n-th, or those on show at another rate."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from fractions import Fraction

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Footage
from depth_engine.footage.rates import exact_rate

_TOLERANCE = 0.001  # seconds: containers round time stamps to milliseconds


def choose_frames(footage: Footage, frames: tuple[int, int] | None, step: int, fps: str | None) -> Sequence[int]:
    """The frames' numbers, increasing, from 1.

    frames: first and last number, both included; None is all of them. step: every step-th of those. fps: of those, the
    ones on show at times k/fps after the first of them, each once; a rate above the footage's own gives all.

    Raises DepthError BAD_INPUT if the range lies outside of the footage.
    """
    count = footage.facts.frame_count
    first, last = frames or (1, count)
    if not 1 <= first <= last <= count:
        raise DepthError(
            ExitCode.BAD_INPUT,
            f"The range {first}:{last} lies outside of the footage, which has the frames 1 to {count}.",
            f"Choose a range within 1:{count}.",
        )
    if fps is None:
        return range(first, last + 1, step)
    rate = exact_rate(fps)
    if footage.facts.constant_rate:
        return _at_constant_rate(first, last, Fraction(footage.facts.rate) / rate)
    return _at_times(footage, first, last, rate)


def _at_constant_rate(first: int, last: int, stride: Fraction) -> Sequence[int]:
    """Frames first + floor(k * stride), in whole numbers so that no rounding adds up over hours."""
    if stride <= 1:
        return range(first, last + 1)
    samples = -(-(last + 1 - first) * stride.denominator // stride.numerator)
    return array("q", (first + k * stride.numerator // stride.denominator for k in range(samples)))


def _at_times(footage: Footage, first: int, last: int, rate: Fraction) -> Sequence[int]:
    """As above, by each frame's own time."""
    chosen = array("q")
    start, sample = footage.record(first).seconds, 0
    for number in range(first, last + 1):
        at_end = number == footage.facts.frame_count
        end = footage.facts.duration_seconds if at_end else footage.record(number + 1).seconds
        later = math.ceil((end - start - _TOLERANCE) * rate)  # the first sample after this frame
        if sample < later:
            chosen.append(number)
            sample = later
    return chosen
