# SPDX-License-Identifier: GPL-3.0-or-later
"""Depth strips of finished jobs, and whether they run with their source. The previews are coded pictures."""

from __future__ import annotations

from .sequencer import shown


def manifest(contract, first: int, last: int):
    facts = contract.SourceFacts(
        width=96,
        height=64,
        frame_count=24,
        rate="24",
        duration_seconds=1.0,
        constant_rate=True,
        start_seconds=0.0,
        rotation=0,
        pixel_aspect="1",
        codec="h264",
        alpha=False,
    )
    frames = tuple(contract.FrameRecord(number, number, number / 24) for number in range(first, last + 1, 3))
    return contract.Manifest(
        name="clip",
        engine_version="0.1.0",
        source=contract.MovieSource("/clip.mp4"),
        facts=facts,
        options=contract.Options(step=3),
        model=contract.ModelFacts("embedded", "Embedded", "disparity", "Apache-2.0", True, "0", "cpu", "fp32"),
        frames=frames,
        shots=(contract.ShotRange(first, last, 0.0, 1.0, 0.0, 1.0),),
        depth={"exr32": contract.Sequence("depth/clip.######.exr", 96, 64)},
        proxy_depth=contract.Sequence("proxy/depth.######.exr", 96, 64),
        proxy_color=contract.Sequence("proxy/color.######.jpg", 96, 64),
        preview="preview/clip.mp4",
        npz=(),
        warnings=(),
        seconds=1.0,
    )


def added(strips, compat, scene, job):
    return compat.all_strips(scene.sequence_editor)[strips.add_depth_strip(scene, *job)]


def assert_in_sync(compat, scene, strip, source, first: int, last: int) -> None:
    """At every frame the depth strip shows the depth of what the source shows, or its nearest end."""
    assert compat.handles(strip) == compat.handles(source)
    frames = range(*compat.handles(source))
    top, source.mute = shown(scene, frames), False
    strip.mute = True
    below = shown(scene, frames)
    strip.mute = False
    assert top == [min(max(index, first - 1), last - 1) for index in below]
