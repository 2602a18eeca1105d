# SPDX-License-Identifier: Apache-2.0
"""The loop: footage goes through a model shot by shot, and comes out as pairs of a frame and its disparity.

It knows nothing of windows. A model may give a frame's disparity at once or many frames later; never more than a few
frames are in memory here.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from depth_engine.contract import Options, SourceFacts
from depth_engine.footage.frame import Footage, Frame
from depth_engine.footage.shots import Searched, find_cuts, told_starts
from depth_engine.inference.readahead import read_ahead
from depth_engine.models.base import Disparity, Estimator, Report, Settings, ShotSpec

BATCH = 4
"""Frames given to a model at once: enough to fill a graphics card, few enough to stay small in memory."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One continuous piece of the footage: its index from 1 and the numbers of the frames to compute.

    start: how many frames are computed in the shots before it.
    """

    index: int
    numbers: Sequence[int]
    start: int = 0


def find_shots(footage: Footage, numbers: Sequence[int], options: Options, searched: Searched) -> list[Shot]:
    """The shots of these frames as the options want them.

    Raises DepthError BAD_INPUT as `told_shots` does, and where a frame that is searched cannot be decoded.
    """
    if options.shots == "auto":
        return _split(numbers, find_cuts(footage, numbers[0], numbers[-1], searched))
    return told_shots(numbers, options)


def told_shots(numbers: Sequence[int], options: Options) -> list[Shot]:
    """The shots of these frames as far as the options tell: one, as long as cuts have to be found.

    Raises DepthError BAD_INPUT if a shot begins outside of the frames.
    """
    return _split(numbers, told_starts(numbers, options.shots))


def _split(numbers: Sequence[int], starts: Iterable[int]) -> list[Shot]:
    """Shots that begin at these source positions; one of which no frame is computed is none."""
    return split_shots(numbers, sorted({0, *(bisect_left(numbers, start) for start in starts)}))


def split_shots(numbers: Sequence[int], starts: Sequence[int]) -> list[Shot]:
    """Shots that begin after so many of the frames, the first one after none."""
    edges = itertools.pairwise([*starts, len(numbers)])
    return [Shot(index, numbers[a:b], a) for index, (a, b) in enumerate(edges, start=1)]


def shot_spec(facts: SourceFacts, frame_count: int, options: Options, start: int = 0) -> ShotSpec:
    """What a model wants to know about a shot of this footage; `start`: frames computed in the shots before it."""
    aspect = float(Fraction(facts.pixel_aspect))
    return ShotSpec(frame_count, facts.width, facts.height, aspect, options.max_size, start, Settings.of(options))


Results = Iterator[tuple[Frame, Disparity]]


def estimate_shot(
    footage: Footage,
    shot: Shot,
    estimator: Estimator,
    window: int,
    progress: Report,
    pushed: int = 0,
    returned: int = 0,
) -> Generator[Results]:
    """Every frame of the shot, in order, with its disparity [h,w] float32 at the model's own size.

    Gives an iterator for each time that the estimator returned some; when it is used up, and before the next one is
    asked for, the estimator's state can be taken. window: frames that the model holds back. pushed, returned: as in
    the state that the estimator was restored from. `progress` is called by the model between its steps and may raise
    Stop, which ends the loop. Raises DepthError BAD_INPUT where the footage cannot be decoded.
    """
    with _streams(footage, shot.numbers, window, pushed, returned) as (frames, guides):
        for batch in _batches(frames):
            if finished := estimator.push(batch, progress):
                yield _paired(guides, finished)
        yield _paired(guides, estimator.finish(progress))
        if next(guides, None) is not None:
            raise RuntimeError("the model did not return every frame")


@contextmanager
def _streams(
    footage: Footage, numbers: Sequence[int], window: int, pushed: int, returned: int
) -> Generator[tuple[Iterator[Frame], Iterator[Frame]]]:
    """The frames to push, and the frames that go with what the model returns.

    The second run after the first, by as much as the model holds back. Where that is more than a few frames they are
    decoded a second time, so that they do not wait in memory.
    """
    if window <= BATCH:
        with read_ahead(footage.read(numbers[returned:])) as decoded:
            yield _kept(decoded, waiting := deque[Frame](), pushed - returned), _taken(waiting)
    else:
        with (
            read_ahead(footage.read(numbers[pushed:])) as frames,
            read_ahead(footage.read(numbers[returned:])) as guides,
        ):
            yield frames, guides


def _kept(frames: Iterable[Frame], waiting: deque[Frame], passed: int) -> Iterator[Frame]:
    """All but the first frames; all of them wait for `_taken`. (itertools.tee keeps up to 57 that both have seen.)"""
    for index, frame in enumerate(frames):
        waiting.append(frame)
        if index >= passed:
            yield frame


def _taken(waiting: deque[Frame]) -> Iterator[Frame]:
    while waiting:
        yield waiting.popleft()


def _paired(guides: Iterator[Frame], finished: Iterable[Disparity]) -> Results:
    for disparity in finished:
        yield next(guides), disparity


def _batches(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    while batch := list(itertools.islice(frames, BATCH)):
        yield batch
