# SPDX-License-Identifier: Apache-2.0
"""Random access to a movie's decoded frames."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Self

import av

from depth_engine.footage.decode import MovieFile, Packet
from depth_engine.footage.errors import bad_input
from depth_engine.footage.index import Index

_NEAR = 16  # frames; a seek costs more than decoding so few
_START = -1  # in place of a keyframe: the start of the file


class Player:
    """Gives frames by number, from 0. Going forward is quick; it seeks where that saves decoding.

    After a seek a frame is known by its time stamp. If the one that was asked for does not come, or comes damaged
    because it needs frames from before the keyframe, the player starts from earlier keyframes and at last from the
    start, so that a frame is always what decoding the whole movie gives.
    """

    def __init__(self, path: Path, index: Index) -> None:
        self._path = path
        self._index = index
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def frame(self, number: int) -> av.VideoFrame:
        """Raises DepthError BAD_INPUT if the frame cannot be decoded."""
        key = self._index.key_before(number)
        if number <= self._at or self._index.frame_at_key(key) > self._at + _NEAR:
            self._restart(key)
        step = 1
        while (frame := self._advance(number)) is None:
            if self._from_start:
                raise bad_input(
                    f"Frame {number + 1} of {self._path} cannot be decoded: the file is damaged.",
                    f"Use the frames before it (1:{number}), or convert the movie first.",
                )
            key, step = max(_START, key - step), step * 2
            self._restart(key)
        return frame

    def _open(self) -> None:
        self._file = MovieFile(self._path, self._index.threads)
        self._play(self._file.packets(), from_start=True)

    def _close(self) -> None:
        self._frames.close()  # it refers to the decoder, whose memory would stay until the garbage is collected
        self._file.close()

    def _restart(self, key: int) -> None:
        if key > 0:
            packets = self._file.packets_from(int(self._index.seeks[key]), self._index.is_key)
            self._play(packets, from_start=False)
        else:
            self._close()
            self._open()

    def _play(self, packets: Iterable[Packet], from_start: bool) -> None:
        self._at = -1
        self._from_start = from_start
        self._frames = self._numbered(self._file.frames(packets))

    def _numbered(self, frames: Iterator[av.VideoFrame]) -> Generator[tuple[int, av.VideoFrame], None, None]:
        if self._index.stamps is None:
            yield from enumerate(frames)
            return
        for frame in frames:
            number = self._index.find(frame.pts)
            if number is not None:
                yield number, frame

    def _advance(self, number: int) -> av.VideoFrame | None:
        """Decode up to the frame; None if it does not come."""
        for at, frame in self._frames:
            self._at = at
            if at >= number:
                sound = self._from_start or not frame.is_corrupt
                return frame if at == number and sound else None
        return None
