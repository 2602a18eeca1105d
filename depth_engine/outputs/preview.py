# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# (PyAV leaves the types of packets open.)
"""The preview: an H.264 movie at a constant rate that runs beside the footage frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from depth_engine.footage.frame import Rgb
from depth_engine.inference.sizes import Size, fit
from depth_engine.models.base import Disparity
from depth_engine.outputs.files import whole_file
from depth_engine.outputs.ranges import normalized

LONGEST_SIDE = 1920
KEYFRAME_EVERY = 12
"""Frames from one keyframe to the next: short, so that scrubbing in an editor stays quick."""

COLORMAPS = {
    "inferno": cv2.COLORMAP_INFERNO,
    "turbo": cv2.COLORMAP_TURBO,
    "viridis": cv2.COLORMAP_VIRIDIS,
}


def preview_size(output: Size) -> Size:
    """The output's size, at most LONGEST_SIDE, with the even sides that H.264 wants."""
    width, height = fit(output, LONGEST_SIDE) if max(output) > LONGEST_SIDE else output
    return max(2, width - width % 2), max(2, height - height % 2)


def colored(disparity: Disparity, low: float, high: float, colormap: str) -> Rgb:
    """Y [H,W] as a picture [H,W,3]: low..high over the colour map ("gray" or one of COLORMAPS), near = bright."""
    grey = np.rint(normalized(disparity, low, high) * 255).astype(np.uint8)
    if colormap == "gray":
        return np.repeat(grey[..., None], 3, axis=2)
    bgr = cv2.applyColorMap(grey, COLORMAPS[colormap])
    return cast(Rgb, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))


class PreviewMovie:
    """Frame k shows source frame first + k - 1; frames that were not computed hold the last one before them."""

    def __init__(self, path: Path, first: int, rate: Fraction, colormap: str) -> None:
        self._file = ExitStack()
        part = self._file.enter_context(whole_file(path))
        self._movie = self._file.enter_context(av.open(str(part), "w", format="mp4"))
        self._rate = rate
        self._colormap = colormap
        self._stream: VideoStream | None = None
        self._shown: av.VideoFrame | None = None
        self._next = first

    def append(self, number: int, disparity: Disparity, low: float, high: float) -> None:
        """Show Y [H,W] from source frame `number` on."""
        self._hold(number)
        height, width = disparity.shape
        size = preview_size((width, height))
        small = disparity if size == (width, height) else cv2.resize(disparity, size, interpolation=cv2.INTER_AREA)
        picture = av.VideoFrame.from_ndarray(colored(cast(Disparity, small), low, high, self._colormap), "rgb24")
        self._stream = self._stream or self._open(size)
        self._shown = picture.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        self._hold(number + 1)

    def finish(self, last: int) -> None:
        """Hold the last frame to source frame `last` and complete the file."""
        self._hold(last + 1)
        if self._stream is not None:
            self._movie.mux(self._stream.encode(None))
        self._file.close()

    def discard(self) -> None:
        """Take the unfinished movie away."""
        stop = InterruptedError()
        with suppress(OSError):  # a full disk may be why; the part is removed all the same
            self._file.__exit__(type(stop), stop, None)

    def _open(self, size: Size) -> VideoStream:
        """Without frames that refer to later ones, so that movies can be joined and scrubbing is quick."""
        stream = self._movie.add_stream("libx264", rate=self._rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        # Without mbtree, which on AVX-512 gives other bytes each time: a job that goes on must make the same movie.
        stream.options = {"preset": "veryfast", "crf": "16", "g": str(KEYFRAME_EVERY), "bf": "0", "mbtree": "0"}
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        return stream

    def _hold(self, until: int) -> None:
        """Encode the shown frame up to, but not including, source frame `until`."""
        while self._next < until and self._shown is not None and self._stream is not None:
            self._shown.pts = None
            self._movie.mux(self._stream.encode(self._shown))
            self._next += 1


def join_movies(parts: Sequence[Path], path: Path) -> None:
    """Put previews of one size and rate behind one another, as they are encoded."""
    with whole_file(path) as part, av.open(str(part), "w", format="mp4") as joined:
        stream: VideoStream | None = None
        shown = 0
        for movie in map(av.open, map(str, parts)):
            with movie:
                source = movie.streams.video[0]
                stream = stream or joined.add_stream_from_template(source)
                for packet in movie.demux(source):
                    if packet.pts is not None and packet.dts is not None:  # the last one says only that it is the last
                        packet.pts, packet.dts, packet.stream = packet.pts + shown, packet.dts + shown, stream
                        joined.mux(packet)
                shown += source.duration or 0
