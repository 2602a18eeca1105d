# SPDX-License-Identifier: Apache-2.0
"""A movie as footage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import ColorTrc

from depth_engine.contract import FrameRecord, SourceFacts
from depth_engine.footage.decode import MovieFile
from depth_engine.footage.errors import bad_input
from depth_engine.footage.frame import Frame
from depth_engine.footage.index import Index, index_movie
from depth_engine.footage.lens import field_of_view, focal_from_movie
from depth_engine.footage.picture import ToRgb, has_alpha, orientation
from depth_engine.footage.player import Player
from depth_engine.footage.rates import find_rate, is_constant


class Movie:
    """Frame-exact: the index tells every frame that decoding gives, and reading finds each by its time stamp."""

    def __init__(self, path: Path) -> None:
        """Raises DepthError BAD_INPUT if the file is no movie that can be decoded."""
        self._path = path
        self._index = index_movie(path)
        with Player(path, self._index) as player:
            first = player.frame(0)
        self._orientation = orientation(first)
        self._size = first.width, first.height
        with MovieFile(path) as file:
            self._time_base = file.stream.time_base or Fraction(1)
            self._rate, self._constant = _timing(self._index, file.stream, self._time_base)
            self._facts = self._find_facts(file, first)
            self._warnings = tuple(_warnings(path.name, file, self._facts, self._index.damaged, first))

    @property
    def facts(self) -> SourceFacts:
        return self._facts

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._warnings

    def record(self, number: int) -> FrameRecord:
        if not 1 <= number <= self._index.count:
            raise IndexError(f"frame {number} of {self._index.count}")
        return FrameRecord(number=number, original_number=number, seconds=self._seconds(number - 1))

    def read(self, numbers: Iterable[int]) -> Iterator[Frame]:
        to_rgb = ToRgb()
        with Player(self._path, self._index) as player:
            for number in numbers:
                frame = player.frame(number - 1)
                if (frame.width, frame.height) != self._size:
                    raise bad_input(
                        f"Frame {number} of {self._path} is {frame.width}x{frame.height}, but the first is "
                        f"{self._size[0]}x{self._size[1]}.",
                        "Convert the movie to one size first.",
                    )
                rgb, alpha = to_rgb(frame)
                turn = self._orientation.apply
                yield Frame(number, turn(rgb), None if alpha is None else turn(alpha))

    def _seconds(self, at: int) -> float:
        """Time of a frame (from 0) since the first."""
        stamps = self._index.stamps
        ticks = None if stamps is None else int(stamps[at]) - int(stamps[0])
        return float(at / self._rate if ticks is None else ticks * self._time_base)

    def _find_facts(self, file: MovieFile, first: av.VideoFrame) -> SourceFacts:
        stream, index, turned = file.stream, self._index, self._orientation.transpose
        aspect = stream.sample_aspect_ratio or Fraction(1)
        last = float(index.last_duration * self._time_base or 1 / self._rate)
        origin = stream.start_time if index.stamps is None else int(index.stamps[0])
        width, height = (first.height, first.width) if turned else (first.width, first.height)
        return SourceFacts(
            width=width,
            height=height,
            frame_count=index.count,
            rate=str(self._rate),
            duration_seconds=self._seconds(index.count - 1) + last,
            constant_rate=self._constant,
            start_seconds=float((origin or 0) * self._time_base),
            rotation=self._orientation.rotation,
            pixel_aspect=str(1 / aspect if turned else aspect),
            codec=file.codec,
            alpha=has_alpha(first) or stream.metadata.get("alpha_mode") == "1",
            field_of_view=field_of_view(focal_from_movie(file.metadata), width, height),
        )


def _timing(index: Index, stream: av.VideoStream, time_base: Fraction) -> tuple[Fraction, bool]:
    """The frame rate, and whether every frame keeps to it."""
    guesses = [stream.guessed_rate, stream.base_rate, stream.average_rate]
    if index.stamps is None:
        return next((rate for rate in guesses if rate), Fraction(24)), False
    ticks = index.stamps - index.stamps[0]
    rate = find_rate(ticks, time_base, guesses)
    return rate, is_constant(ticks, time_base, rate)


def _warnings(name: str, file: MovieFile, facts: SourceFacts, damaged: bool, first: av.VideoFrame) -> Iterator[str]:
    """What the user should know about footage that can be read all the same."""
    frames = facts.frame_count
    missing = (file.promised_end or 0.0) - facts.start_seconds - facts.duration_seconds
    if damaged:
        yield f"{name} is damaged: some of it cannot be decoded; it gives {frames} frames."
    if missing > 0.25 + 0.01 * facts.duration_seconds:
        yield (
            f"{name} breaks off: only {facts.duration_seconds:.2f} seconds ({frames} frames) of "
            f"{facts.duration_seconds + missing:.2f} can be read."
        )
    if first.color_trc == ColorTrc.SMPTE2084:
        yield f"{name} is HDR (PQ): it is read without tone mapping, so the pictures look flat."
