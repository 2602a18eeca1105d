# SPDX-License-Identifier: GPL-3.0-or-later
"""Each thing that a strip can do to its pictures is noticed; what leaves them alone is not held against it."""

from __future__ import annotations

import bpy
import pytest

from tests.support.elsewhere import make_images, make_sound

from .sequencer import add_by_operator, new_scene


@pytest.fixture
def clip(compat, movie):
    scene = new_scene()
    return scene, compat.strips(scene.sequence_editor).new_movie("clip", str(movie()), 2, 1)


def change(strip, path: str, value) -> None:
    owner, _, name = path.rpartition(".")
    setattr(getattr(strip, owner) if owner else strip, name, value)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("use_reverse_frames", True, "Reversed"),
        ("use_flip_x", True, "Mirrored"),
        ("use_flip_y", True, "Upside down"),
        ("use_deinterlace", True, "Deinterlaced"),
        ("color_multiply", 0.5, "Color multiplied"),
        ("color_saturation", 0.0, "Saturation changed"),
        ("strobe", 2.0, "Strobe"),
        ("colorspace_settings.name", "Non-Color", "Color space Non-Color"),
    ],
)
def test_changed_pictures_keep_the_footage_size(strips, clip, path, value, reason):
    scene, strip = clip
    scene.render.resolution_x = 200
    change(strip, path, value)
    description = strips.describe(scene, strip)
    assert description.render_reasons == (reason,)
    assert (description.size, description.on_canvas) == ((96, 64), False)
    assert (description.source, description.frames, description.number_one) == (None, None, 1)
    assert strips.decide(description, None) == strips.Rendered(f"{reason}: frames will be rendered first", 1)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [("transform.rotation", 0.1, "Rotated"), ("crop.min_x", 3, "Cropped"), ("crop.max_y", 3, "Cropped")],
)
def test_turned_and_cropped_strips_are_seen_on_the_canvas(strips, clip, path, value, reason):
    scene, strip = clip
    scene.render.resolution_x = 200
    change(strip, path, value)
    description = strips.describe(scene, strip)
    assert description.render_reasons == (reason,)
    assert (description.size, description.on_canvas) == ((200, 64), True)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("mute", True),
        ("blend_alpha", 0.2),
        ("blend_type", "MULTIPLY"),
        ("transform.scale_x", 2.0),
        ("transform.offset_y", 30.0),
        ("use_float", True),
        ("use_proxy", True),
        ("use_multiview", True),  # the scene is not stereoscopic
        ("lock", True),
    ],
)
def test_what_does_not_change_the_pictures_is_read_directly(strips, clip, path, value):
    scene, strip = clip
    change(strip, path, value)
    assert isinstance(strips.decide(strips.describe(scene, strip), None), strips.Direct)


def test_another_stream(strips, clip):
    scene, strip = clip
    strip.stream_index = 1
    assert "Another video stream of the file" in strips.describe(scene, strip).render_reasons


def test_modifiers(strips, clip):
    scene, strip = clip
    modifier = strip.modifiers.new("bright", "BRIGHT_CONTRAST")
    assert strips.describe(scene, strip).render_reasons == ("Strip modifiers",)
    modifier.mute = True
    assert strips.describe(scene, strip).render_reasons == ()


@pytest.mark.parametrize(
    ("path", "reasons"),
    [
        ("color_multiply", ("Animated settings",)),
        ("use_flip_x", ("Animated settings",)),
        ("transform.offset_x", ("Animated place",)),
        ("crop.min_x", ("Animated place",)),
        ("blend_alpha", ()),
        ("mute", ()),
    ],
)
def test_animated_settings(strips, clip, path, reasons):
    scene, strip = clip
    owner, _, name = path.rpartition(".")
    (getattr(strip, owner) if owner else strip).keyframe_insert(name, frame=1)
    assert strips.describe(scene, strip).render_reasons == reasons


def test_animation_of_another_strip_does_not_count(strips, compat, clip, movie):
    scene, strip = clip
    strip.keyframe_insert("color_multiply", frame=1)
    other = compat.strips(scene.sequence_editor).new_movie('a "quoted" name', str(movie()), 4, 1)
    assert strips.describe(scene, other).render_reasons == ()
    other.keyframe_insert("color_multiply", frame=1)
    assert strips.describe(scene, other).render_reasons == ("Animated settings",)


def test_driven_settings(strips, clip):
    scene, strip = clip
    strip.driver_add("color_saturation")
    assert strips.describe(scene, strip).render_reasons == ("Animated settings",)


def test_animation_in_the_nonlinear_editor(strips, clip):
    scene, strip = clip
    strip.keyframe_insert("color_multiply", frame=1)
    data = scene.animation_data
    data.nla_tracks.new().strips.new("pushed", 1, data.action)
    data.action = None
    assert strips.describe(scene, strip).render_reasons == ("Animated settings",)


def test_several_reasons_make_one_sentence(strips, clip):
    scene, strip = clip
    strip.use_reverse_frames = strip.use_flip_x = True
    reason = strips.decide(strips.describe(scene, strip), None).reason
    assert reason == "Reversed, mirrored: frames will be rendered first"


@pytest.mark.parametrize(
    ("kind", "title"),
    [("COLOR", "Color"), ("TEXT", "Text"), ("ADJUSTMENT", "Adjustment Layer"), ("MULTICAM", "Multicam Selector")],
)
def test_generated_pictures_are_seen_on_the_canvas(strips, compat, kind, title):
    scene = new_scene((80, 60))
    strip = compat.new_effect(scene.sequence_editor, "made", kind, 1, (5, 9))
    description = strips.describe(scene, strip)
    assert (description.kind, description.size, description.on_canvas) == (kind, (80, 60), True)
    assert (description.left, description.right, description.number_one) == (5, 9, 5)
    assert description.render_reasons == (f"{title} strip",)


def test_speed_effect_and_meta(strips, compat, clip):
    scene, strip = clip
    speed = compat.new_effect(scene.sequence_editor, "fast", "SPEED", 3, compat.handles(strip), (strip,))
    assert strips.describe(scene, speed).render_reasons == ("Speed strip",)
    meta = compat.strips(scene.sequence_editor).new_meta("group", 6, 1)
    compat.strips(meta).new_movie("inside", strip.filepath, 1, 1)
    assert strips.describe(scene, meta).render_reasons == ("Meta strip",)


def test_images_of_a_format_that_the_engine_does_not_read(strips, compat, tmp_path):
    image = bpy.data.images.new("tga", 32, 32)
    image.filepath_raw, image.file_format = str(tmp_path / "plate.tga"), "TARGA"
    image.save()
    scene = new_scene()
    strip = compat.strips(scene.sequence_editor).new_image("tga", str(tmp_path / "plate.tga"), 1, 1)
    assert strips.describe(scene, strip).render_reasons == ("Images of the format TGA",)


def test_linear_images(strips, compat, tmp_path):
    paths = make_images(tmp_path, frames=2, pattern="plate.####.exr")
    scene = new_scene()
    strip = compat.strips(scene.sequence_editor).new_image("exr", str(paths[0]), 1, 1)
    assert strips.describe(scene, strip).render_reasons == ()
    strip.colorspace_settings.name = "sRGB"
    assert strips.describe(scene, strip).render_reasons == ("Color space sRGB",)


def test_strips_without_a_picture(strips, contract, compat, tmp_path):
    scene = new_scene()
    found = [compat.strips(scene.sequence_editor).new_meta("empty", 1, 1)]
    if bpy.app.build_options.audaspace:  # the module of 4.2 cannot make sound strips
        hum = str(make_sound(tmp_path / "hum.wav"))
        found.append(compat.strips(scene.sequence_editor).new_sound("hum", hum, 2, 1))
        found.append(compat.strips(scene.sequence_editor).new_meta("sounds", 3, 1))
        compat.strips(found[-1]).new_sound("inside", hum, 1, 1)
    for strip in found:
        with pytest.raises(contract.DepthError, match=f"“{strip.name}” has no picture") as caught:
            strips.describe(scene, strip)
        assert caught.value.code == contract.ExitCode.BAD_INPUT
        assert caught.value.hint


def test_stereo(strips, contract, clip):
    scene, strip = clip
    scene.render.use_multiview = strip.use_multiview = True
    with pytest.raises(contract.DepthError, match="holds two views"):
        strips.describe(scene, strip)


def test_missing_movie(strips, contract, clip, tmp_path):
    scene, strip = clip
    strip.filepath = str(tmp_path / "gone.mp4")
    with pytest.raises(contract.DepthError, match=r"gone\.mp4 of “clip” is missing"):
        strips.describe(scene, strip)


def test_file_that_is_no_movie(strips, compat, contract, tmp_path):
    (tmp_path / "text.mp4").write_text("no movie")
    scene = new_scene()
    strip = compat.strips(scene.sequence_editor).new_movie("text", str(tmp_path / "text.mp4"), 1, 1)
    with pytest.raises(contract.DepthError, match="cannot read the file of “text”"):
        strips.describe(scene, strip)


def test_missing_images_matter_where_they_show(strips, compat, contract, tmp_path):
    paths = make_images(tmp_path, frames=6, pattern="plate.####.png", start=1001)
    scene = new_scene()
    strip = compat.strips(scene.sequence_editor).new_image("plate", str(paths[0]), 1, 1)
    for path in paths[1:]:
        strip.elements.append(path.name)
    for path in paths[4:]:
        path.unlink()
    with pytest.raises(contract.DepthError, match=r"2 files of “plate” are missing, the first is .*plate\.1005\.png"):
        strips.describe(scene, strip)
    compat.set_handles(strip, 1, 5)
    assert strips.describe(scene, strip).render_reasons == ("Files missing beyond the handles",)


def test_rates_that_differ_by_a_thousandth(strips, movie):
    scene = new_scene(fps=24)
    strip = add_by_operator(scene, movie(rate="24000/1001", frames=60))
    assert strips.describe(scene, strip).render_reasons == ("23.976 frames a second in a 24 fps scene",)
