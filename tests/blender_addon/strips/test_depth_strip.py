# SPDX-License-Identifier: GPL-3.0-or-later
"""The depth strip lies above its source and runs with it, frame by frame. The previews here are coded pictures."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from .finished import added, assert_in_sync
from .sequencer import new_scene, pictures, shown


def test_above_the_source_and_in_sync(strips, compat, clip, result):
    scene, source = clip
    strip = added(strips, compat, scene, result(scene, source, 1, 24))
    assert (strip.name, strip.type, strip.channel) == ("clip Depth", "MOVIE", 3)
    assert strip.colorspace_settings.name == "sRGB"
    assert_in_sync(compat, scene, strip, source, 1, 24)


def test_trimmed_source(strips, compat, clip, result):
    scene, source = clip
    compat.set_handles(source, 14, 29)
    strip = added(strips, compat, scene, result(scene, source, 5, 19))
    assert_in_sync(compat, scene, strip, source, 5, 19)


def test_hard_trimmed_and_held_source(strips, compat, clip, result):
    scene, source = clip
    source.animation_offset_start, source.animation_offset_end = 3, 2
    compat.set_handles(source, 4, 40)
    strip = added(strips, compat, scene, result(scene, source, 4, 22))
    assert_in_sync(compat, scene, strip, source, 4, 22)


def test_part_of_the_strip(strips, compat, clip, result):
    """Only frames 9 to 14 were computed: before and after them the depth holds."""
    scene, source = clip
    strip = added(strips, compat, scene, result(scene, source, 9, 14))
    assert_in_sync(compat, scene, strip, source, 9, 14)


def test_rendered_job(strips, compat, clip, result):
    """Rendered frames are numbered from the left handle on: file 1 shows there."""
    scene, source = clip
    compat.set_handles(source, 14, 29)
    source.use_reverse_frames = True
    job = result(scene, source, 1, 15)
    strip = added(strips, compat, scene, job)
    assert compat.handles(strip) == (14, 29)
    assert shown(scene, range(14, 29)) == list(range(15))


def test_source_moved_and_trimmed_since(strips, compat, clip, result):
    scene, source = clip
    job = result(scene, source, 1, 24)
    source.frame_start, source.channel = 60, 6
    compat.set_handles(source, 63, 80)
    strip = added(strips, compat, scene, job)
    assert strip.channel == 7
    assert_in_sync(compat, scene, strip, source, 1, 24)


def test_source_deleted_since(strips, compat, clip, result):
    scene, source = clip
    job = result(scene, source, 1, 24)
    compat.strips(scene.sequence_editor).remove(source)
    strip = added(strips, compat, scene, job)
    assert (compat.handles(strip), strip.channel) == ((10, 34), 3)
    assert shown(scene, range(10, 34)) == list(range(24))


def test_asked_twice_it_is_replaced(strips, compat, clip, result):
    scene, source = clip
    job = result(scene, source, 1, 24)
    first = added(strips, compat, scene, job).name
    again = added(strips, compat, scene, job)
    assert (again.name, again.channel) == (first, 3)
    assert len(compat.all_strips(scene.sequence_editor)) == 2
    other = added(strips, compat, scene, result(scene, source, 1, 24, name="clip-4567.depth"))
    assert other.channel == 4
    assert len(compat.all_strips(scene.sequence_editor)) == 3


def test_first_free_channel(strips, compat, clip, result):
    scene, source = clip
    new = compat.new_effect
    new(scene.sequence_editor, "touches", "COLOR", 3, (33, 50))
    new(scene.sequence_editor, "beside", "COLOR", 5, (34, 50))
    scene.sequence_editor.channels[4].lock = True
    assert added(strips, compat, scene, result(scene, source, 1, 24)).channel == 5


def test_no_free_channel(strips, contract, compat, clip, result):
    scene, source = clip
    source.channel = 127
    job = result(scene, source, 1, 24)
    assert added(strips, compat, scene, job).channel == 128
    source.channel = 128
    with pytest.raises(contract.DepthError, match="No channel above the strip is free"):
        strips.add_depth_strip(scene, *job)


def test_inside_a_meta_strip(strips, compat, movie, result):
    scene = new_scene()
    meta = compat.strips(scene.sequence_editor).new_meta("meta", 2, 1)
    source = compat.strips(meta).new_movie("inside", str(movie()), 1, 10)
    strip = added(strips, compat, scene, result(scene, source, 1, 24))
    assert strip.parent_meta() == meta
    assert compat.handles(strip) == (10, 34)


@pytest.mark.parametrize("preview_size", [(96, 64), (48, 32), (90, 62)])
def test_covers_the_source_where_it_lies_on_the_canvas(strips, compat, clip, result, preview_size):
    scene, source = clip
    scene.render.resolution_x, scene.render.resolution_y = 200, 160
    source.transform.scale_x, source.transform.scale_y = 1.5, 1.25
    source.transform.offset_x, source.transform.offset_y = 12, -7
    job = result(scene, source, 1, 24, preview_size)
    strip = added(strips, compat, scene, job)
    strip.blend_type = "REPLACE"
    above = pictures(scene, [15])[0]
    strip.mute = True
    below = pictures(scene, [15])[0]
    assert np.mean(np.abs(above.astype(int) - below)) < 3
    assert below.max() == 255


def test_a_job_of_the_whole_canvas_covers_it(strips, compat, clip, result):
    scene, source = clip
    scene.render.resolution_x, scene.render.resolution_y = 192, 128
    source.transform.rotation = 0.3
    strip = added(strips, compat, scene, result(scene, source, 1, 24))
    source.mute = True
    assert shown(scene, [10, 20]) == [0, 10]
    assert (strip.transform.scale_x, strip.transform.rotation) == (2.0, 0.0)


def test_no_preview(strips, contract, clip, result):
    scene, source = clip
    placement, said, folder = result(scene, source, 1, 24)
    (folder / "preview" / "clip.mp4").unlink()
    with pytest.raises(contract.DepthError, match="no preview movie"):
        strips.add_depth_strip(scene, placement, said, folder)


def test_path_relative_to_a_saved_file(strips, compat, clip, result, tmp_path):
    scene, source = clip
    job = result(scene, source, 1, 24)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "edit.blend"))
    bpy.context.preferences.filepaths.use_relative_paths = True
    strip = added(strips, compat, scene, job)
    assert strip.filepath == "//clip-0123.depth/preview/clip.mp4"
    assert Path(bpy.path.abspath(strip.filepath)).is_file()
