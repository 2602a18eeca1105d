# SPDX-License-Identifier: GPL-3.0-or-later
"""Exported frames are those that the sequencer shows, pixel for pixel, and nothing else changes."""

from __future__ import annotations

import json
import resource
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest

from .sequencer import add_by_operator, dump, index_in, new_scene, pictures, read_picture, sequencer_context


def export(strips, scene, strip, folder: Path, frames: int = 5) -> list[np.ndarray]:
    """The exported pictures in order; checks the way there and that the scene stays as it was."""
    before = dump(scene)
    exporter = strips.FrameExport(scene, strip, folder)
    steps = 1
    while exporter.step(frames):
        steps += 1
        assert dump(scene) == before
    assert steps >= exporter.total / frames
    assert exporter.done == exporter.total
    source = exporter.source()
    exporter.close()
    assert dump(scene) == before
    assert source.files == tuple(f"{number:06d}.png" for number in range(1, exporter.total + 1))
    assert sorted(path.name for path in folder.iterdir()) == list(source.files)
    return [read_picture(Path(source.directory) / name) for name in source.files]


def assert_as_shown(strips, compat, scene, strip, folder) -> list[int | None]:
    """The export equals what the scene shows of the strip; returns the frames' indices."""
    expected = pictures(scene, range(*compat.handles(strip)))
    found = export(strips, scene, strip, folder)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one, other)
    return [index_in(picture) for picture in found]


@pytest.fixture
def clip(compat, movie):
    scene = new_scene()
    return scene, compat.strips(scene.sequence_editor).new_movie("clip", str(movie()), 2, 10)


def test_plain_strip_has_the_pixels_of_the_file(strips, compat, movie, tmp_path):
    """Standard view, no dither: display values as they are in the file, whatever the scene's look is."""
    scene = new_scene()
    strip = compat.strips(scene.sequence_editor).new_movie("clip", str(movie(frames=4)), 2, 10)
    expected = pictures(scene, range(10, 14))
    scene.view_settings.view_transform, scene.view_settings.exposure = "AgX", 2.0
    scene.view_settings.use_curve_mapping = True
    scene.render.resolution_percentage, scene.render.use_border = 50, True
    scene.render.image_settings.color_management = "OVERRIDE"
    scene.render.image_settings.view_settings.exposure = 3.0
    scene.render.use_stamp = True
    found = export(strips, scene, strip, tmp_path / "frames")
    assert [picture.shape for picture in found] == [(64, 96, 3)] * 4
    for number, (one, other) in enumerate(zip(found, expected)):
        np.testing.assert_array_equal(one, other)
        assert index_in(one) == number
        assert one.max() == 255
        assert one.min() == 0


def test_reversed_and_trimmed(strips, compat, clip, tmp_path):
    scene, strip = clip
    compat.set_handles(strip, 14, 30)
    strip.use_reverse_frames = True
    assert assert_as_shown(strips, compat, scene, strip, tmp_path / "frames") == list(range(19, 3, -1))


def test_held_and_strobed(strips, compat, clip, tmp_path):
    scene, strip = clip
    strip.strobe = 3
    compat.set_handles(strip, 7, 20)
    assert assert_as_shown(strips, compat, scene, strip, tmp_path / "frames") == [0] * 6 + [3] * 3 + [6] * 3 + [9]


def test_before_frame_zero(strips, compat, clip, tmp_path):
    """Frames that the playhead reaches only with a preference set."""
    scene, strip = clip
    strip.use_reverse_frames = True
    strip.frame_start = -12
    found = export(strips, scene, strip, tmp_path / "frames")
    assert [index_in(picture) for picture in found] == list(range(23, -1, -1))


@pytest.mark.parametrize("fps", [24, 25])
def test_other_rate(strips, compat, movie, tmp_path, fps):
    scene = new_scene(fps=fps)
    strip = add_by_operator(scene, movie(rate="30", frames=30), start=5)
    found = assert_as_shown(strips, compat, scene, strip, tmp_path / "frames")
    assert len(set(found)) == len(found) == compat.handles(strip)[1] - 5 < 30


def test_variable_rate(strips, compat, movie, tmp_path):
    ticks = [0, 1000, 2500, 3000, 6000, 7000, 7500, 9000, 12000]
    scene = new_scene()
    strip = add_by_operator(scene, movie(frames=9, ticks=ticks, time_base="1/24000"))
    found = assert_as_shown(strips, compat, scene, strip, tmp_path / "frames")
    assert found == sorted(found)
    assert len(set(found)) < len(found)


def test_image_sequence(strips, compat, plate, tmp_path):
    scene = new_scene()
    strip = compat.strips(scene.sequence_editor).new_image("plate", str(plate[0]), 1, 20)
    for path in plate[1:]:
        strip.elements.append(path.name)
    strip.use_flip_x = True
    compat.set_handles(strip, 22, 36)
    assert_as_shown(strips, compat, scene, strip, tmp_path / "frames")
    strip.use_flip_x, strip.use_reverse_frames = False, True
    found = assert_as_shown(strips, compat, scene, strip, tmp_path / "again")
    assert found == list(range(9, -1, -1)) + [0] * 4


def test_settings_that_change_pixels(strips, compat, clip, tmp_path):
    scene, strip = clip
    strip.color_multiply, strip.color_saturation, strip.use_flip_y = 0.7, 0.5, True
    strip.modifiers.new("bright", "BRIGHT_CONTRAST").contrast = 20
    compat.set_handles(strip, 10, 14)
    assert_as_shown(strips, compat, scene, strip, tmp_path / "frames")


def test_alone_and_whole_whatever_lies_around(strips, compat, clip, movie, tmp_path):
    """Neighbors, channels, opacity, blending, mute and their animation do not touch the strip's own pictures."""
    scene, strip = clip
    strip.use_reverse_frames = True
    cover = compat.new_effect(scene.sequence_editor, "cover", "COLOR", 128, (1, 60))
    cover.color = (1, 0, 0)
    below = compat.strips(scene.sequence_editor).new_movie("below", str(movie(first_index=100)), 1, 10)
    below.mute = True
    below.keyframe_insert("mute", frame=1)
    strip.blend_type, strip.blend_alpha, strip.mute = "MULTIPLY", 0.3, True
    strip.keyframe_insert("blend_alpha", frame=1)
    strip.keyframe_insert("mute", frame=1)
    scene.sequence_editor.channels[2].mute = scene.sequence_editor.channels[128].mute = True
    found = export(strips, scene, strip, tmp_path / "frames")
    assert [index_in(picture) for picture in found] == list(range(23, -1, -1))


def test_own_size_wherever_it_lies_on_the_canvas(strips, compat, clip, tmp_path):
    scene, strip = clip
    scene.render.resolution_x, scene.render.resolution_y = 300, 200
    strip.use_reverse_frames = True
    strip.transform.scale_x = strip.transform.scale_y = 2.5
    strip.transform.offset_x = 40
    strip.blend_type, strip.blend_alpha = "REPLACE", 0.5
    found = export(strips, scene, strip, tmp_path / "frames")
    assert found[0].shape == (64, 96, 3)
    assert [index_in(picture) for picture in found] == list(range(23, -1, -1))


def test_cropped_as_it_lies_on_the_canvas(strips, compat, clip, tmp_path):
    scene, strip = clip
    scene.render.resolution_x, scene.render.resolution_y = 150, 100
    strip.crop.min_x, strip.transform.offset_x = 12, 8
    compat.set_handles(strip, 10, 14)
    assert_as_shown(strips, compat, scene, strip, tmp_path / "frames")


def test_speed_effect(strips, compat, clip, tmp_path):
    scene, strip = clip
    speed = compat.new_effect(scene.sequence_editor, "fast", "SPEED", 3, compat.handles(strip), (strip,))
    speed.speed_control, speed.speed_factor = "MULTIPLY", 2.0
    found = assert_as_shown(strips, compat, scene, speed, tmp_path / "frames")
    assert (found[:2], found[-1]) == ([0, 2], 23)  # 5.2 rounds otherwise in between


def test_cross_of_two_inputs(strips, compat, clip, movie, tmp_path):
    scene, strip = clip
    other = compat.strips(scene.sequence_editor).new_movie("other", str(movie(first_index=100)), 4, 20)
    cross = compat.new_effect(scene.sequence_editor, "cross", "CROSS", 6, (20, 34), (strip, other))
    assert_as_shown(strips, compat, scene, cross, tmp_path / "frames")


def test_meta_and_what_is_inside(strips, compat, movie, tmp_path):
    scene = new_scene()
    meta = compat.strips(scene.sequence_editor).new_meta("meta", 3, 1)
    first = compat.strips(meta).new_movie("first", str(movie()), 1, 1)
    second = compat.strips(meta).new_movie("second", str(movie(first_index=100)), 2, 10)
    compat.set_handles(meta, 1, 34)
    meta.use_reverse_frames = True
    inside = export(strips, scene, meta, tmp_path / "meta")
    np.testing.assert_array_equal(inside, pictures(scene, range(1, 34)))
    # Strips inside are exported as they are, not as the meta strip shows them.
    second.use_reverse_frames = True
    assert [index_in(picture) for picture in export(strips, scene, first, tmp_path / "first")] == list(range(24))
    found = [index_in(picture) for picture in export(strips, scene, second, tmp_path / "second")]
    assert found == list(range(123, 99, -1))


def test_while_the_user_edits_inside_a_meta_strip(strips, compat, clip, movie, tmp_path):
    scene, outside = clip
    meta = compat.strips(scene.sequence_editor).new_meta("meta", 3, 1)
    inside = compat.strips(meta).new_movie("inside", str(movie(first_index=100)), 1, 1)
    scene.sequence_editor.active_strip = meta
    with sequencer_context():
        bpy.ops.sequencer.meta_toggle()
    assert [strip.name for strip in scene.sequence_editor.meta_stack] == ["meta"]
    outside.use_reverse_frames = inside.use_reverse_frames = True
    found = [index_in(picture) for picture in export(strips, scene, outside, tmp_path / "outside")]
    assert found == list(range(23, -1, -1))
    found = [index_in(picture) for picture in export(strips, scene, inside, tmp_path / "inside")]
    assert found == list(range(123, 99, -1))


def test_generated_and_layered_strips(strips, compat, clip, tmp_path):
    scene, _strip = clip
    editor = scene.sequence_editor
    color = compat.new_effect(editor, "red", "COLOR", 5, (10, 13))
    color.color = (1, 0, 0)
    for picture in export(strips, scene, color, tmp_path / "color"):
        assert np.unique(picture.reshape(-1, 3), axis=0).tolist() == [[255, 0, 0]]
    text = compat.new_effect(editor, "words", "TEXT", 7, (10, 12))
    text.text, text.font_size = "W", 60
    words = export(strips, scene, text, tmp_path / "text")
    assert words[0].max() > 200
    assert words[0].min() == 0
    color.mute = text.mute = True
    layer = compat.new_effect(editor, "layer", "ADJUSTMENT", 6, (12, 16))
    layer.modifiers.new("bright", "BRIGHT_CONTRAST").bright = -3
    assert_as_shown(strips, compat, scene, layer, tmp_path / "layer")
    camera = compat.new_effect(editor, "camera", "MULTICAM", 8, (10, 20))
    camera.multicam_source = 2
    assert [index_in(picture) for picture in export(strips, scene, camera, tmp_path / "camera")] == list(range(10))


def test_scene_strip_and_objects(strips, compat, clip, movie, tmp_path):
    """The sequencer's own objects are left out of the copy and stay where they are; scene strips keep theirs."""
    scene, _strip = clip
    scene.collection.objects.link(bpy.data.objects.new("own", None))
    scene.collection.children.link(bpy.data.collections.new("own"))
    other = bpy.data.scenes.new("Other")
    other.render.resolution_x, other.render.resolution_y = 96, 64
    compat.strips(other.sequence_editor_create()).new_movie("inside", str(movie(first_index=50)), 1, 1)
    strip = compat.strips(scene.sequence_editor).new_scene("other", other, 4, 30)
    strip.scene_input = "SEQUENCER"
    compat.set_handles(strip, 30, 34)
    found = assert_as_shown(strips, compat, scene, strip, tmp_path / "frames")
    assert len(set(found)) == 4
    assert min(found) >= 50


def test_source_only_when_complete_and_close_takes_the_rest_along(strips, clip, tmp_path):
    scene, strip = clip
    strip.use_reverse_frames = True
    exporter = strips.FrameExport(scene, strip, tmp_path / "frames")
    assert (exporter.done, exporter.total) == (0, 24)
    assert exporter.step(4)
    assert exporter.done == len(list((tmp_path / "frames").iterdir())) > 0
    with pytest.raises(RuntimeError, match="of 24 frames are rendered"):
        exporter.source()
    exporter.close()
    assert list((tmp_path / "frames").iterdir()) == []
    with pytest.raises(RuntimeError):
        exporter.source()


def remove(compat, scene, strip):
    compat.strips(scene.sequence_editor).remove(strip)


def rename(_compat, _scene, strip):
    strip.name = "other"


def remove_scene(_compat, scene, _strip):
    bpy.data.scenes.new("left")
    bpy.data.scenes.remove(scene)


def load_file(_compat, _scene, _strip):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


@pytest.mark.parametrize("leave", [remove, rename, remove_scene, load_file])
def test_gone_in_between(strips, contract, compat, clip, tmp_path, leave):
    scene, strip = clip
    strip.use_reverse_frames = True
    exporter = strips.FrameExport(scene, strip, tmp_path / "frames")
    assert exporter.step(2)
    leave(compat, scene, strip)
    with pytest.raises(contract.DepthError, match="“clip” has gone") as caught:
        exporter.step()
    assert caught.value.code == contract.ExitCode.BAD_INPUT
    exporter.close()
    assert list((tmp_path / "frames").iterdir()) == []


@pytest.mark.parametrize(("name", "value"), [("use_reverse_frames", False), ("frame_start", 3), ("strobe", 2.0)])
def test_changed_in_between(strips, contract, clip, tmp_path, name, value):
    scene, strip = clip
    strip.use_reverse_frames = True
    exporter = strips.FrameExport(scene, strip, tmp_path / "frames")
    assert exporter.step(2)
    setattr(strip, name, value)
    with pytest.raises(contract.DepthError, match="“clip” was changed"):
        exporter.step()


def test_undo_in_between(strips, clip, tmp_path):
    """An undo step taken during an export never brings a copy back."""
    scene, strip = clip
    strip.use_reverse_frames = True
    bpy.context.preferences.edit.use_global_undo = True
    bpy.ops.ed.undo_push(message="before")
    exporter = strips.FrameExport(scene, strip, tmp_path / "frames")
    assert exporter.step(2)
    bpy.context.scene.name = "Renamed by hand"
    bpy.context.scene.name = scene.name = "Scene"
    bpy.ops.ed.undo_push(message="between")
    assert exporter.step(2)
    bpy.ops.ed.undo()
    while exporter.step(10):
        pass
    assert len(bpy.data.scenes) == 1
    pixels = [read_picture(path) for path in sorted((tmp_path / "frames").iterdir())]
    assert [index_in(picture) for picture in pixels] == list(range(23, -1, -1))


def test_folder_that_cannot_be_written(strips, contract, clip, tmp_path):
    scene, strip = clip
    strip.use_reverse_frames = True
    (tmp_path / "frames" / "000002.png").mkdir(parents=True)
    exporter = strips.FrameExport(scene, strip, tmp_path / "frames")
    before = dump(scene)
    with pytest.raises(contract.DepthError, match=r"cannot write .*000002\.png") as caught:
        exporter.step()
    assert caught.value.code == contract.ExitCode.NOT_WRITABLE
    assert exporter.done == 1
    assert dump(scene) == before


def test_full_disk(strips, contract, clip, tmp_path):
    """Blender itself writes what fits and says nothing."""
    scene, strip = clip
    strip.use_reverse_frames = True
    exporter = strips.FrameExport(scene, strip, tmp_path / "frames")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(contract.DepthError, match=r"could not write all of .*000001\.png") as caught:
            exporter.step()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.code == contract.ExitCode.DISK_FULL
    exporter.close()
    assert list((tmp_path / "frames").iterdir()) == []


def test_engine_plans_with_the_exported_frames(strips, clip, tmp_path, engine_command):
    scene, strip = clip
    strip.use_reverse_frames = True
    exporter = strips.FrameExport(scene, strip, tmp_path / "frames")
    while exporter.step():
        pass
    first = Path(exporter.source().directory) / exporter.source().files[0]
    command = [str(engine_command), "plan", str(first), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads(done.stdout)["facts"]
    assert (facts["frame_count"], facts["width"], facts["height"], facts["rotation"]) == (24, 96, 64, 0)
