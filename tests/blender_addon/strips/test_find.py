# SPDX-License-Identifier: GPL-3.0-or-later
"""Strips are found again whatever the user did to them since."""

from __future__ import annotations

from dataclasses import replace

import bpy
import pytest

from .sequencer import new_scene


@pytest.fixture
def clip(compat, movie):
    scene = new_scene()
    return scene, compat.strips(scene.sequence_editor).new_movie("clip", str(movie()), 2, 10)


def placed(strips, scene, strip):
    description = strips.describe(scene, strip)
    return strips.place(scene, strip, description, strips.decide(description, None))


def test_where_the_strip_lies(strips, compat, clip):
    scene, strip = clip
    compat.set_handles(strip, 14, 30)
    placement = placed(strips, scene, strip)
    assert (placement.scene, placement.strip_name, placement.channel) == (scene.name, "clip", 2)
    assert (placement.left, placement.right, placement.number_one, placement.content_start) == (14, 30, 10, 10)
    assert (placement.rate, placement.on_canvas) == ("24", False)
    assert placement.strip_id == strips.strip_id(strip)


def test_rendered_files_are_numbered_from_the_left_handle(strips, compat, clip):
    scene, strip = clip
    compat.set_handles(strip, 14, 30)
    strip.use_reverse_frames = True
    placement = placed(strips, scene, strip)
    assert (placement.number_one, placement.content_start) == (14, 10)


def test_the_id_stays(strips, clip):
    scene, strip = clip
    assert strips.strip_id(strip) is None
    assert placed(strips, scene, strip).strip_id == placed(strips, scene, strip).strip_id


def test_found_after_changes_and_in_the_saved_file(strips, compat, clip, tmp_path):
    scene, strip = clip
    placement = placed(strips, scene, strip)
    strip.name, strip.channel = "renamed", 7
    strip.frame_start = 100
    compat.set_handles(strip, 105, 110)
    assert strips.find_strip(scene, placement.strip_id) == strip
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "edit.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "edit.blend"))
    assert strips.find_strip(bpy.context.scene, placement.strip_id).name == "renamed"


def test_found_inside_a_meta_strip(strips, compat, clip):
    scene, strip = clip
    placement = placed(strips, scene, strip)
    meta = compat.strips(scene.sequence_editor).new_meta("meta", 5, 1)
    strip.move_to_meta(meta)
    assert strips.find_strip(scene, placement.strip_id).name == "clip"


def test_nothing_found(strips, compat, clip):
    scene, strip = clip
    placement = placed(strips, scene, strip)
    assert strips.find_strip(scene, "unknown") is None
    assert strips.find_strip(scene, "") is None
    compat.strips(scene.sequence_editor).remove(strip)
    assert strips.find_strip(scene, placement.strip_id, placement) is None
    assert strips.find_strip(bpy.data.scenes.new("without a sequencer"), placement.strip_id) is None


def test_among_copies_the_one_most_alike(strips, clip):
    scene, strip = clip
    placement = placed(strips, scene, strip)
    half = strip.split(frame=20, split_method="SOFT")
    assert strips.strip_id(half) == placement.strip_id
    assert strips.find_strip(scene, placement.strip_id, placement) == strip
    assert strips.find_strip(scene, placement.strip_id, replace(placement, strip_name=half.name)) == half
    strip.name, half.name = "one", "two"
    assert strips.find_strip(scene, placement.strip_id, placement) == strip
    assert strips.find_strip(scene, placement.strip_id, replace(placement, left=19)) == half
