# SPDX-License-Identifier: GPL-3.0-or-later
"""A depth strip follows its source, or says why it no longer fits. What coded pictures show is what counts."""

from __future__ import annotations

import bpy
import pytest

from .finished import added, assert_in_sync
from .sequencer import sequencer_context, shown


@pytest.fixture
def pair(strips, compat, clip, result):
    """The scene, a movie strip of 24 frames that begins at 10, and its depth strip."""
    scene, source = clip
    return scene, source, added(strips, compat, scene, result(scene, source, 1, 24))


@pytest.fixture(params=["operator", "library"])
def follow(request, strips):
    """Lets the depth strips of one strip, or all, follow; returns why some did not."""

    def by_library(scene, strip=None):
        found = strips.depth_strips_of(scene, strip) if strip else strips.depth_strips(scene)
        return " ".join(strips.follow(scene, found).reasons)

    def by_operator(scene, strip=None):
        scene.sequence_editor.active_strip = strip
        with sequencer_context():
            try:
                bpy.ops.sequencer.depth_follow_source(all_strips=strip is None)
            except RuntimeError as error:
                return str(error)
        return ""

    return by_operator if request.param == "operator" else by_library


def move(source, scene, compat):
    source.frame_start = 60


def trim(source, scene, compat):
    compat.set_handles(source, 13, 29)


def trim_and_move(source, scene, compat):
    compat.set_handles(source, 13, 29)
    source.frame_start += 30


def extend(source, scene, compat):
    """Before and after its content the source holds a frame, and so does its depth."""
    compat.set_handles(source, 5, 40)


def trim_hard(source, scene, compat):
    source.animation_offset_start, source.animation_offset_end = 3, 2


@pytest.mark.parametrize("edit", [move, trim, trim_and_move, extend, trim_hard])
@pytest.mark.parametrize("active", ["source", "depth"])
def test_follows_what_was_done_to_the_source(strips, compat, pair, follow, edit, active):
    scene, source, depth = pair
    edit(source, scene, compat)
    (found,) = strips.depth_strips_of(scene, source)
    assert not found.fits and not found.lacking
    assert follow(scene, source if active == "source" else depth) == ""
    (found,) = strips.depth_strips_of(scene, depth)
    assert found.fits and depth.channel == 3
    assert_in_sync(compat, scene, depth, source, 1, 24)


def test_at_rest_nothing_is_wrong(strips, pair, follow):
    scene, source, depth = pair
    (found,) = strips.depth_strips_of(scene, source)
    assert (found.fits, found.lacking, found.source, found.depth) == (True, False, source, depth)
    assert follow(scene, source) == "" and strips.follow(scene, [found]).names == ()


def test_a_source_that_was_cut_cuts_its_depth(strips, compat, pair, follow):
    scene, source, _ = pair
    second = source.split(frame=20, split_method="SOFT")
    third = second.split(frame=26, split_method="SOFT")
    third.frame_start += 40
    second.frame_start += 5
    assert not any(found.fits for found in strips.depth_strips_of(scene, third))
    assert follow(scene, third) == ""
    found = strips.depth_strips(scene)
    assert all(one.fits for one in found) and {one.depth.channel for one in found} == {3}
    assert {one.source.name for one in found} == {source.name, second.name, third.name}
    for one in found:
        assert_in_sync(compat, scene, one.depth, one.source, 1, 24)


def test_pieces_of_both_stay_together(strips, compat, pair, follow):
    """The blade went through source and depth: each piece of depth belongs to its own piece of the source."""
    scene, source, depth = pair
    second, its_depth = source.split(frame=20, split_method="SOFT"), depth.split(frame=20, split_method="SOFT")
    assert all(found.fits for found in strips.depth_strips(scene))
    source.frame_start += 200
    second.frame_start += 50
    assert follow(scene) == ""
    assert_in_sync(compat, scene, depth, source, 1, 24)
    assert_in_sync(compat, scene, its_depth, second, 1, 24)


def test_a_copy_of_the_source_asks_for_nothing(strips, compat, pair):
    scene, source, _ = pair
    copy = compat.strips(scene.sequence_editor).new_movie("copy", source.filepath, 6, 10)
    copy["estimate_depth_id"] = source["estimate_depth_id"]
    (found,) = strips.depth_strips(scene)
    assert found.fits and found.source == source
    assert strips.depth_strips_of(scene, copy) == []


def speed_effect(source, scene, compat):
    compat.new_effect(scene.sequence_editor, "fast", "SPEED", 5, compat.handles(source), (source,))


def reverse(source, scene, compat):
    source.use_reverse_frames = True


def strobe(source, scene, compat):
    source.strobe = 3


def other_footage(source, scene, compat):
    source.filepath = str(bpy.path.abspath(source.filepath)).replace("clip", "other")


def other_rate(source, scene, compat):
    scene.render.fps = 25


def into_a_meta_strip(source, scene, compat):
    source.move_to_meta(compat.strips(scene.sequence_editor).new_meta("meta", 8, 1))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (speed_effect, "A speed effect plays “clip”"),
        (reverse, "“clip” plays in the other direction now"),
        (strobe, "“clip” plays at another speed now"),
        (other_footage, "“clip” shows other footage now"),
        (other_rate, "The scene has another frame rate now"),
        (into_a_meta_strip, "“clip” lies in another meta strip"),
    ],
)
def test_what_shows_other_frames_no_longer_fits(strips, compat, pair, follow, edit, said):
    scene, source, depth = pair
    edit(source, scene, compat)
    compat.set_handles(source, 13, 29)
    (found,) = strips.depth_strips_of(scene, depth)
    assert not found.fits and found.reason == said
    assert f"“clip Depth” no longer fits: {said}" in follow(scene, source)
    assert compat.handles(depth) == (10, 34)


def test_without_its_source_it_says_so(compat, pair, follow):
    scene, source, depth = pair
    compat.strips(scene.sequence_editor).remove(source)
    assert "Its strip is gone" in follow(scene, depth)


def test_reversed_from_the_start_it_follows(strips, compat, clip, result, follow):
    scene, source = clip
    source.use_reverse_frames = True
    depth = added(strips, compat, scene, result(scene, source, 1, 24))
    compat.set_handles(source, 14, 29)
    source.frame_start += 7
    assert follow(scene, source) == ""
    assert compat.handles(depth) == (21, 36)
    assert shown(scene, range(21, 36)) == list(range(4, 19))
    source.animation_offset_end = 2
    assert "plays in the other direction now" in follow(scene, source)


def test_no_room(strips, compat, pair, follow):
    scene, source, depth = pair
    compat.new_effect(scene.sequence_editor, "title", "COLOR", 3, (80, 90))
    source.frame_start = 60
    assert "“clip Depth” has no room on its channel: “title” is in the way" in follow(scene, source)
    assert (compat.handles(depth), depth.channel) == ((10, 34), 3)
    compat.set_handles(source, 60, 80)
    assert follow(scene, source) == ""
    assert (compat.handles(depth), depth.channel) == ((60, 80), 3)


def test_a_locked_depth_strip_stays(compat, pair, follow):
    scene, source, depth = pair
    depth.lock = True
    source.frame_start = 60
    assert "“clip Depth” is locked" in follow(scene, source)
    assert compat.handles(depth) == (10, 34)


def test_all_at_once_change_places(strips, compat, pair, follow):
    """Both would lie over each other on their way: they end on the channel on which they were."""
    scene, source, depth = pair
    second, its_depth = source.split(frame=20, split_method="SOFT"), depth.split(frame=20, split_method="SOFT")
    source.frame_start, second.channel, second.frame_start = 24, 6, -4
    assert follow(scene) == ""
    assert (compat.handles(depth), compat.handles(its_depth)) == ((24, 34), (6, 20))
    assert (depth.channel, its_depth.channel) == (3, 3)
    assert_in_sync(compat, scene, depth, source, 1, 24)


def test_frames_that_were_not_estimated(strips, compat, clip, result, follow):
    scene, source = clip
    compat.set_handles(source, 14, 24)
    depth = added(strips, compat, scene, result(scene, source, 5, 14))
    assert not strips.depth_strips_of(scene, source)[0].lacking
    compat.set_handles(source, 16, 26)
    (found,) = strips.depth_strips_of(scene, source)
    assert found.lacking and not found.fits
    assert follow(scene, source) == ""
    (found,) = strips.depth_strips_of(scene, source)
    assert found.lacking and found.fits
    assert_in_sync(compat, scene, depth, source, 5, 14)


def test_the_operator_says_why_it_is_greyed_out(compat, clip, strips, result):
    scene, source = clip
    with pytest.raises(RuntimeError, match="There is no depth strip in the scene"):
        bpy.ops.sequencer.depth_follow_source()
    added(strips, compat, scene, result(scene, source, 1, 24))
    scene.sequence_editor.active_strip = None
    with pytest.raises(RuntimeError, match="The active strip has no depth strip"):
        bpy.ops.sequencer.depth_follow_source()


def test_undo(compat, pair, tmp_path):
    scene, source, depth = pair
    source.frame_start = 60
    scene.sequence_editor.active_strip = source
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.sequencer.depth_follow_source("EXEC_DEFAULT", True)
    assert compat.handles(depth) == (60, 84)
    bpy.ops.ed.undo()
    strips = compat.all_strips(bpy.context.scene.sequence_editor)
    assert compat.handles(strips["clip Depth"]) == (10, 34)
