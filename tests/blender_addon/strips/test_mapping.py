# SPDX-License-Identifier: GPL-3.0-or-later
"""Described frames against those that the sequencer renders itself."""

from __future__ import annotations

import pytest

from .sequencer import add_by_operator, new_scene, shown


def assert_frames_as_shown(strips, scene, strip) -> None:
    """Every scene frame between the handles shows the source frame that the description counts for it."""
    description = strips.describe(scene, strip)
    assert description.render_reasons == ()
    first, last = description.frames
    handles = range(description.left, description.right)
    counted = [min(max(frame - description.number_one + 1, first), last) for frame in handles]
    assert [number - 1 for number in counted] == shown(scene, handles)
    assert (first, last) == (min(counted), max(counted))


@pytest.fixture
def plain(compat, movie):
    """A movie of 24 frames from scene frame 10 on."""
    scene = new_scene()
    return scene, compat.strips(scene.sequence_editor).new_movie("clip", str(movie()), 2, 10)


def test_plain_movie(strips, contract, movie, plain):
    scene, strip = plain
    assert_frames_as_shown(strips, scene, strip)
    description = strips.describe(scene, strip)
    assert description.source == contract.MovieSource(str(movie()))
    assert (description.name, description.kind, description.rate) == ("clip", "MOVIE", "24")
    assert (description.left, description.right, description.frames) == (10, 34, (1, 24))
    assert (description.number_one, description.size, description.on_canvas) == (10, (96, 64), False)


def test_trimmed_movie(strips, compat, plain):
    scene, strip = plain
    compat.set_handles(strip, 15, 28)
    assert_frames_as_shown(strips, scene, strip)
    assert strips.describe(scene, strip).frames == (6, 18)


def test_hard_trimmed_movie(strips, compat, plain):
    scene, strip = plain
    strip.animation_offset_start, strip.animation_offset_end = 4, 3
    assert_frames_as_shown(strips, scene, strip)
    compat.set_handles(strip, compat.handles(strip)[0] + 2, compat.handles(strip)[1] - 5)
    assert_frames_as_shown(strips, scene, strip)


@pytest.mark.parametrize("handles", [(3, 34), (10, 50), (5, 45), (40, 45), (2, 6)])
def test_handles_beyond_the_content_hold_its_ends(strips, compat, plain, handles):
    scene, strip = plain
    compat.set_handles(strip, *handles)
    assert compat.handles(strip) == handles
    assert_frames_as_shown(strips, scene, strip)


def test_held_and_hard_trimmed_movie(strips, compat, plain):
    scene, strip = plain
    strip.animation_offset_start, strip.animation_offset_end = 4, 3
    compat.set_handles(strip, 5, 45)
    assert_frames_as_shown(strips, scene, strip)


def test_moved_strip(strips, plain):
    scene, strip = plain
    strip.frame_start = 101
    assert_frames_as_shown(strips, scene, strip)


@pytest.mark.parametrize(("fps", "rate"), [(24, "24000/1001"), (30, "30000/1001"), (60, "60000/1001")])
def test_broadcast_rates_added_by_the_operator(strips, movie, fps, rate):
    scene = new_scene(fps=fps, fps_base=1.001)
    strip = add_by_operator(scene, movie(rate=rate, frames=60), start=10)
    assert_frames_as_shown(strips, scene, strip)
    assert strips.describe(scene, strip).rate == rate


def new_plate(compat, scene, plate):
    strip = compat.strips(scene.sequence_editor).new_image("plate", str(plate[0]), 1, 20)
    for path in plate[1:]:
        strip.elements.append(path.name)
    return strip


def test_image_sequence_from_1001(strips, compat, contract, plate):
    scene = new_scene()
    strip = new_plate(compat, scene, plate)
    assert_frames_as_shown(strips, scene, strip)
    description = strips.describe(scene, strip)
    assert description.source == contract.ImagesSource(str(plate[0].parent), tuple(path.name for path in plate), "24")
    assert (description.kind, description.frames, description.number_one) == ("IMAGE", (1, 12), 20)


def test_trimmed_and_held_image_sequence(strips, compat, plate):
    scene = new_scene()
    strip = new_plate(compat, scene, plate)
    strip.animation_offset_start, strip.animation_offset_end = 2, 1
    compat.set_handles(strip, 22, 40)
    assert_frames_as_shown(strips, scene, strip)


def test_held_still(strips, compat, plate):
    scene = new_scene()
    strip = compat.strips(scene.sequence_editor).new_image("still", str(plate[5]), 1, 10)
    compat.set_handles(strip, 8, 30)
    description = strips.describe(scene, strip)
    assert (description.frames, description.source.files) == ((1, 1), (plate[5].name,))
    assert set(shown(scene, range(8, 30))) == {5}


def test_strip_inside_meta_strips(strips, compat, movie):
    scene = new_scene()
    outer = compat.strips(scene.sequence_editor).new_meta("outer", 3, 1)
    inner = compat.strips(outer).new_meta("inner", 2, 1)
    strip = compat.strips(inner).new_movie("deep", str(movie()), 1, 30)
    description = strips.describe(scene, strip)
    assert (description.frames, description.number_one) == ((1, 24), 30)


def test_paths_relative_to_the_file(strips, compat, contract, movie, tmp_path):
    import bpy

    scene = new_scene()
    strip = compat.strips(scene.sequence_editor).new_movie("clip", str(movie()), 2, 10)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "edit.blend"))
    strip.filepath = bpy.path.relpath(str(movie()))
    assert strip.filepath.startswith("//")
    assert strips.describe(scene, strip).source == contract.MovieSource(str(movie()))
