# SPDX-License-Identifier: Apache-2.0
"""A movie file: its packets and frames, as far as they can be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import dropwhile, islice
from pathlib import Path
from typing import Literal, Self, TypeAlias, cast

import av
import av.container
import av.error
from av.stream import Disposition

from depth_engine.contract import DepthError
from depth_engine.footage.errors import bad_input

_NOT_MOVIES = {"tty", "concat", "hls", "dash"}  # text that FFmpeg would play
_HINT = "Check that it plays in a video player, or convert it to MP4 or ProRes."

Packet: TypeAlias = "av.Packet[av.VideoStream]"
Threads = Literal["AUTO", "SLICE"]


class MovieFile:
    """An opened movie and its video stream (cover art is none).

    damaged: whether something could not be read or decoded so far.
    """

    def __init__(self, path: Path, threads: Threads = "AUTO") -> None:
        """Raises DepthError BAD_INPUT if the file is no movie with pictures.

        threads: "SLICE" does not decode several frames at once. It is slower, but after an error nothing sound is lost.
        """
        check_file(path)
        try:
            # "file:" keeps a colon in the name from being read as a protocol; the list keeps playlists off the net.
            self._container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
        except av.error.FFmpegError:
            raise _not_a_movie(path) from None
        try:
            self.stream = _video_stream(self._container, path)
        except DepthError:
            self._container.close()
            raise
        self.stream.thread_type = threads
        self.damaged = False
        self._started = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._container.close()

    @property
    def format(self) -> str:
        """FFmpeg's name of the container."""
        return self._container.format.name

    @property
    def metadata(self) -> dict[str, str]:
        """What the file says about itself, and its stream."""
        return {**self._container.metadata, **self.stream.metadata}

    @property
    def promised_end(self) -> float | None:
        """The time stamp at which the pictures end by the file's header, which tells of the whole recording."""
        stream = self.stream
        if stream.duration and stream.time_base:
            return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
        tag = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
        if tag:
            hours, minutes, seconds = tag.groups()
            return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        alone = len(self._container.streams) == 1  # else it may be the sound that lasts longer
        return self._container.duration / av.time_base if alone and self._container.duration else None

    @property
    def codec(self) -> str:
        return self.stream.codec_context.codec.canonical_name

    def packets(self) -> Iterator[Packet]:
        """The stream's packets from here to the end, or to where the file breaks off."""
        try:
            # A packet without content would make the decoder think that the stream has ended.
            yield from (packet for packet in self._container.demux(self.stream) if packet.size)
        except av.error.FFmpegError:
            self.damaged = True

    def packets_from(self, stamp: int, starts: Callable[[Packet], bool]) -> Iterator[Packet]:
        """Seek to a time stamp and give the packets from the first one that decoding may start with.

        The decoder sees the file's first packet before: some encoders write there alone what all others need.
        """
        if not self._started:
            for first in islice(self.packets(), 1):
                self._decode(first)
        try:
            self._container.seek(stamp, stream=self.stream)
        except av.error.FFmpegError:
            return
        yield from dropwhile(lambda packet: not starts(packet), self.packets())

    def frames(self, packets: Iterable[Packet]) -> Iterator[av.VideoFrame]:
        """The frames of these packets in playing order, a few at a time; what cannot be decoded is left out."""
        for packet in packets:
            yield from self._decode(packet)
        yield from self._decode(None)

    def _decode(self, packet: Packet | None) -> list[av.VideoFrame]:
        self._started = True
        try:
            return self.stream.decode(packet)  # pyright: ignore[reportUnknownMemberType]
        except av.error.FFmpegError:
            self.damaged = True
            return []


def check_file(path: Path) -> None:
    """Raises DepthError BAD_INPUT unless the path is a readable file with something in it."""
    if not path.exists():
        raise bad_input(f"{path} does not exist.", "Check the path; the footage may have been moved.")
    if not path.is_file():
        raise bad_input(f"{path} is not a file.", "Choose a movie file or an image sequence.")
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise bad_input(f"{path} cannot be read: {error.strerror}.", "Check the file's permissions.") from None
    if not first:
        raise bad_input(f"{path} is empty.", "Copy or export the footage again.")


def _not_a_movie(path: Path) -> DepthError:
    with path.open("rb") as file:
        start = file.read(12)
    if start[4:8] == b"ftyp":  # MP4 and QuickTime: cameras write the list of frames last
        return bad_input(
            f"{path} is cut off or damaged: the list of its frames is missing.",
            "Copy it from the camera again, or repair it.",
        )
    return bad_input(f"{path} is not a movie that can be read.", _HINT)


def _video_stream(container: av.container.InputContainer, path: Path) -> av.VideoStream:
    moving = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    best = container.streams.best("video")
    if container.format.name in _NOT_MOVIES:
        raise bad_input(f"{path} is a text file, not a movie.", "Choose a movie file or an image sequence.")
    if not moving:
        what = "only sound" if container.streams.audio else "no video"
        raise bad_input(f"{path} holds {what}.", "Choose a file with moving pictures.")
    stream = best if isinstance(best, av.VideoStream) and best in moving else moving[0]
    if cast("object", stream.codec_context) is None:  # FFmpeg has no decoder for it
        raise bad_input(f"The codec of {path} is not supported.", _HINT)
    return stream
