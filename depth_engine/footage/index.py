# SPDX-License-Identifier: Apache-2.0
"""The index pass over a movie: which frames decoding really gives, at which times, and where decoding can start.

Packets tell it quickly where a file's format allows no surprises; the first frames and those after the last keyframe
are decoded to check that. Everywhere else, and where the check fails, the whole movie is decoded once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depth_engine.footage.decode import MovieFile, Packet, Threads
from depth_engine.footage.errors import bad_input

Stamps = NDArray[np.int64]

_TRUSTED_CONTAINERS = ("mov,", "matroska,", "mxf")
_TRUSTED_CODECS = {
    *("h264", "hevc", "vp9", "av1", "prores", "dnxhd", "cfhd", "mjpeg", "ffv1", "mpeg2video"),
    *("qtrle", "png", "rawvideo", "v210", "hap", "dvvideo", "huffyuv", "utvideo"),
}
_CHECKED_AT_START = 40


@dataclass(frozen=True, slots=True)
class Index:
    """Frames count from 0 here; stamps and durations are in units of the stream's time base.

    stamps: each frame's time, increasing; None where the file's stamps cannot be relied on, so that frames can only be
    told apart by counting from the start. keys, seeks: time of each keyframe and the stamp to seek it by.
    last_duration: how long the last frame shows, 0 if unknown. damaged: whether some of the file cannot be decoded.
    """

    count: int
    stamps: Stamps | None
    keys: Stamps
    seeks: Stamps
    last_duration: int
    damaged: bool

    @property
    def threads(self) -> Threads:
        """How to decode so that exactly these frames come."""
        return "SLICE" if self.damaged else "AUTO"

    def key_before(self, number: int) -> int:
        """Which keyframe to start from for a frame: the last one shown no later; -1 is the start of the file."""
        if self.stamps is None:
            return -1
        return int(np.searchsorted(self.keys, int(self.stamps[number]), side="right")) - 1

    def frame_at_key(self, key: int) -> int:
        """The first frame shown at a keyframe or after it."""
        return 0 if key < 0 or self.stamps is None else int(np.searchsorted(self.stamps, int(self.keys[key])))

    def is_key(self, packet: Packet) -> bool:
        """Whether decoding may start with this packet."""
        return packet.is_keyframe and packet.pts is not None and _position(self.keys, packet.pts) is not None

    def find(self, stamp: int | None) -> int | None:
        """The frame with this time stamp."""
        return None if self.stamps is None or stamp is None else _position(self.stamps, stamp)


def index_movie(path: Path) -> Index:
    """Raises DepthError BAD_INPUT if the file is no movie or gives no frame."""
    index = _from_packets(path)
    if index is None or not _decodes_as_told(path, index):
        index = _from_frames(path, "AUTO")
        if index.damaged:
            index = _from_frames(path, "SLICE")
    if not index.count:
        raise bad_input(
            f"{path} gives no frame: it is damaged, or its codec is not supported.",
            "Check that it plays in a video player, or convert it to MP4 or ProRes.",
        )
    return index


class _Notes:
    """What the packets of a stream tell, gathered as they pass by."""

    def __init__(self, seek_by_dts: bool) -> None:
        self._seek_by_dts = seek_by_dts
        self._keys, self._seeks = array("q"), array("q")
        self.shown = array("q")
        self.end: int | None = None
        self.unstamped = False
        self.corrupt = False

    def of(self, packets: Iterable[Packet]) -> Iterator[Packet]:
        for packet in packets:
            self.corrupt |= packet.is_corrupt
            if packet.pts is None:
                self.unstamped = True
            else:
                self._note(packet, packet.pts)
            yield packet

    def _note(self, packet: Packet, pts: int) -> None:
        if packet.is_keyframe:
            self._keys.append(pts)
            self._seeks.append(packet.dts if self._seek_by_dts and packet.dts is not None else pts)
        if not packet.is_discard:  # an edit list hides frames that are still needed for decoding
            self.shown.append(pts)
            end = pts + (packet.duration or 0)
            self.end = end if self.end is None else max(self.end, end)

    def index(self, count: int, stamps: Stamps | None, damaged: bool) -> Index:
        keys, first = np.unique(np.array(self._keys, np.int64), return_index=True)
        last = 0 if stamps is None or not count or self.end is None else max(0, self.end - int(stamps[-1]))
        return Index(
            count=count,
            stamps=stamps,
            keys=keys,
            seeks=np.array(self._seeks, np.int64)[first],
            last_duration=last,
            damaged=damaged,
        )


def _notes(file: MovieFile) -> _Notes:
    # Matroska is sought by presentation time, the others by decoding time.
    return _Notes(seek_by_dts=not file.format.startswith("matroska"))


def _from_packets(path: Path) -> Index | None:
    """What the packets tell; None where they cannot be trusted."""
    with MovieFile(path) as file:
        if not file.format.startswith(_TRUSTED_CONTAINERS) or file.codec not in _TRUSTED_CODECS:
            return None
        notes = _notes(file)
        for _ in notes.of(file.packets()):
            pass
        stamps = np.sort(np.array(notes.shown, np.int64))
        index = notes.index(len(stamps), stamps, damaged=False)
        doubtful = notes.unstamped or notes.corrupt or file.damaged or not _increase(stamps)
        return None if doubtful or not index.count or not len(index.keys) else index


def _decodes_as_told(path: Path, index: Index) -> bool:
    """Whether the first frames and those from the last keyframe on are exactly the ones that the packets told."""
    if index.stamps is None:
        return False
    with MovieFile(path) as file:
        start = [frame.pts for frame in islice(file.frames(file.packets()), _CHECKED_AT_START)]
    if start != index.stamps[:_CHECKED_AT_START].tolist():
        return False
    with MovieFile(path) as file:
        packets = file.packets_from(int(index.seeks[-1]), index.is_key)
        shown = [frame.pts for frame in file.frames(packets) if frame.pts is None or frame.pts >= index.keys[-1]]
    return not file.damaged and shown == index.stamps[index.frame_at_key(len(index.keys) - 1) :].tolist()


def _from_frames(path: Path, threads: Threads) -> Index:
    """What decoding the whole movie gives."""
    with MovieFile(path, threads) as file:
        notes = _notes(file)
        count, stamps, damaged = 0, array("q"), False
        for frame in file.frames(notes.of(file.packets())):
            count += 1
            damaged |= frame.is_corrupt
            if frame.pts is not None:
                stamps.append(frame.pts)
        times = np.array(stamps, np.int64)
        reliable = len(times) == count and _increase(times)
        return notes.index(count, times if reliable else None, damaged or notes.corrupt or file.damaged)


def _position(stamps: Stamps, stamp: int) -> int | None:
    at = int(np.searchsorted(stamps, stamp))
    return at if at < len(stamps) and stamps[at] == stamp else None


def _increase(stamps: Stamps) -> bool:
    return bool(np.all(stamps[:-1] < stamps[1:]))
