# SPDX-License-Identifier: Apache-2.0
"""The loop: footage goes through a model shot by shot, and comes out as pairs of a frame and its disparity.

It knows nothing of windows. A model may give a frame's disparity at once or many frames later; until then the frame
waits here, so as many frames are in memory as the model holds back, and never more.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from depth_engine.contract import Options, SourceFacts
from depth_engine.footage.frame import Footage, Frame
from depth_engine.footage.shots import Searched, find_cuts, told_starts
from depth_engine.inference.readahead import read_ahead
from depth_engine.models.base import Disparity, Model, Report, Settings, ShotSpec

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
    edges = sorted({0, *(bisect_left(numbers, start) for start in starts), len(numbers)})
    return [Shot(index, numbers[a:b], a) for index, (a, b) in enumerate(itertools.pairwise(edges), start=1)]


def shot_spec(facts: SourceFacts, frame_count: int, options: Options, start: int = 0) -> ShotSpec:
    """What a model wants to know about a shot of this footage; `start`: frames computed in the shots before it."""
    aspect = float(Fraction(facts.pixel_aspect))
    return ShotSpec(frame_count, facts.width, facts.height, aspect, options.max_size, start, Settings.of(options))


def estimate_shot(
    footage: Footage, shot: Shot, model: Model, options: Options, progress: Report
) -> Generator[tuple[Frame, Disparity]]:
    """Every frame of the shot, in order, with its disparity [h,w] float32 at the model's own size.

    `progress` is called by the model between its steps and may raise Stop, which ends the loop.
    Raises DepthError BAD_INPUT where the footage cannot be decoded.
    """
    estimator = model.open_shot(shot_spec(footage.facts, len(shot.numbers), options, shot.start))
    with read_ahead(footage.read(shot.numbers)) as decoded:
        frames, waiting = itertools.tee(decoded)
        for batch in _batches(frames):
            yield from _paired(waiting, estimator.push(batch, progress))
        yield from _paired(waiting, estimator.finish(progress))
        if next(waiting, None) is not None:
            raise RuntimeError(f"{model.info.name} did not return every frame")


def _paired(waiting: Iterator[Frame], finished: Iterable[Disparity]) -> Iterator[tuple[Frame, Disparity]]:
    for disparity in finished:
        yield next(waiting), disparity


def _batches(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    while batch := list(itertools.islice(frames, BATCH)):
        yield batch
