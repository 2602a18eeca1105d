# SPDX-License-Identifier: GPL-3.0-or-later
"""Make small movies whose frames carry their index (see `coded`). Needs PyAV, so the engine's environment.

Tests that run elsewhere (inside Blender's Python) make them with `tests.support.elsewhere`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.support.coded import coded_picture

Picture = Callable[[int, int, int], NDArray[np.generic]]
"""index, width, height -> pixels [height,width,3] (RGB) or [height,width,4] (RGBA), uint8 or uint16."""


def make_movie(
    path: Path | str,
    *,
    frames: int = 24,
    rate: str = "24",
    size: tuple[int, int] = (96, 64),
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    gop: int = 12,
    b_frames: int = 0,
    open_gop: bool = False,
    ticks: Sequence[int] | None = None,
    time_base: str | None = None,
    start: int = 0,
    rotation: int = 0,
    mirror: bool = False,
    pixel_aspect: str = "1",
    color_range: int = 0,
    colorspace: int = 0,
    say_colors: bool = True,
    interlaced: bool = False,
    audio: bool = False,
    cover: bool = False,
    first_index: int = 0,
    picture: Picture = coded_picture,
    codec_options: Mapping[str, str] | None = None,
    container_options: Mapping[str, str] | None = None,
    container_format: str | None = None,
) -> Path:
    """Write a movie of `frames` pictures and return its path; the file's name picks the container.

    rate: frames a second ("24", "30000/1001"). size: upright width and height; rotation (clockwise degrees that a
    player turns by: 0, 90, 180, 270) and mirror (then a flip left to right) are written as metadata and the stored
    pixels are turned the other way. ticks: each frame's time stamp in `time_base` (default 1/rate), for variable
    rates; start: a tick added to all of them. pixel_aspect: width of a pixel over its height. color_range (1 limited,
    2 full) and colorspace (1 BT.709, 5 or 6 BT.601, 9 BT.2020) as FFmpeg counts them; 0 and say_colors=False leave
    them unsaid.
    gop, b_frames, open_gop: how the codec may refer to other frames. audio: add sound. cover: add cover art.
    first_index: the index of the first picture.
    """
    exact = Fraction(rate)
    base = Fraction(time_base) if time_base else 1 / exact
    stamps = list(ticks) if ticks is not None else [round(n / exact / base) for n in range(frames)]
    with av.open(str(path), "w", format=container_format, container_options=dict(container_options or {})) as container:
        stream = container.add_stream(
            codec, rate=exact, options=_codec_options(codec, b_frames, open_gop, codec_options)
        )
        turned = rotation % 180 == 90
        stream.width, stream.height = (size[1], size[0]) if turned else size
        stream.pix_fmt = pixel_format
        stream.time_base = stream.codec_context.time_base = base
        stream.gop_size = gop
        stream.codec_context.max_b_frames = b_frames
        stream.codec_context.sample_aspect_ratio = Fraction(pixel_aspect)
        said = (color_range, colorspace or 2) if say_colors else (0, 2)
        stream.codec_context.color_range, stream.codec_context.colorspace = said
        if rotation or mirror:
            stream.set_display_rotation(-rotation, hflip=mirror)
        if interlaced:
            stream.codec_context.flags |= av.codec.context.Flags.interlaced_dct | av.codec.context.Flags.interlaced_me
        sound = container.add_stream("aac", rate=48000, layout="mono") if audio else None
        art = _cover_stream(container) if cover else None
        for position, stamp in enumerate(stamps):
            pixels = picture(first_index + position, *size)
            pixels = np.rot90(pixels[:, ::-1] if mirror else pixels, rotation // 90)
            frame = _frame(np.ascontiguousarray(pixels), pixel_format, color_range, colorspace)
            frame.color_range, frame.colorspace = said
            frame.pts, frame.time_base = stamp + start, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound:
            for packets in _tone(sound, float(len(stamps) / exact)):
                container.mux(packets)
        if art:
            container.mux(_red(art))
    return Path(path)


def _codec_options(codec: str, b_frames: int, open_gop: bool, more: Mapping[str, str] | None) -> dict[str, str]:
    options: dict[str, str] = {}
    if codec == "libx264":
        # Exactly the asked pattern: x264 would drop B-frames where it sees no use for them.
        options = {"preset": "veryfast", "crf": "12", "b_strategy": "0", "sc_threshold": "0"}
        options["x264-params"] = f"open-gop={int(open_gop)}"
    elif codec == "libx265":
        options = {"preset": "ultrafast", "crf": "12"}
        options["x265-params"] = f"log-level=none:bframes={b_frames}:b-adapt=0:open-gop={int(open_gop)}:scenecut=0"
    return options | dict(more or {})


def _frame(pixels: NDArray[np.generic], pixel_format: str, color_range: int, colorspace: int) -> av.VideoFrame:
    deep = pixels.dtype == np.uint16
    layout = {(3, False): "rgb24", (4, False): "rgba", (3, True): "rgb48le", (4, True): "rgba64le"}
    frame = av.VideoFrame.from_ndarray(pixels, format=layout[pixels.shape[2], deep])
    return frame.reformat(format=pixel_format, dst_colorspace=colorspace or None, dst_color_range=color_range or None)


def _tone(stream: av.AudioStream, seconds: float) -> Iterable[list[av.Packet]]:
    """A quiet hum, so that a file has sound too."""
    for start in range(0, int(seconds * 48000), 1024):
        wave = 0.05 * np.sin(np.arange(start, start + 1024, dtype=np.float32) / 20)
        frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 48000, start
        yield stream.encode(frame)
    yield stream.encode(None)


def _cover_stream(container: av.container.OutputContainer) -> av.VideoStream:
    stream = container.add_stream("png", rate=1)
    stream.width = stream.height = 200
    stream.pix_fmt = "rgb24"
    stream.disposition = av.stream.Disposition.attached_pic
    return stream


def _red(cover: av.VideoStream) -> list[av.Packet]:
    picture = av.VideoFrame.from_ndarray(np.full((200, 200, 3), (255, 0, 0), np.uint8))
    return [*cover.encode(picture), *cover.encode(None)]


def make_sound(path: Path | str, seconds: float = 1.0, cover: bool = False) -> Path:
    """A file with sound and no moving picture; cover: with cover art."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        art = _cover_stream(container) if cover else None
        for packets in _tone(stream, seconds):
            container.mux(packets)
        if art:
            container.mux(_red(art))
    return Path(path)
