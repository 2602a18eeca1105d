# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes: a picture, an image sequence or a movie says what of a relief or points is kept."""

from __future__ import annotations

import importlib

import bpy
import numpy as np
import pytest

from tests.blender_addon.scene.made import control, evaluated, positions, waves
from tests.support.coded import coded_picture
from tests.support.elsewhere import make_movie

WIDTH, HEIGHT = 24, 16
NUMBERS = (1, 2, 3, 6, 7)


def pattern(number):
    """What the mask keeps in a frame [H,W], row 0 on top."""
    return np.random.default_rng(number).random((HEIGHT, WIDTH)) < 0.6


def save(path, values, alpha=None):
    """Write a PNG of these grays [H,W] from 0 to 1."""
    pixels = np.repeat(np.float32(values)[::-1, :, None], 4, axis=2)
    pixels[..., 3] = 1.0 if alpha is None else np.float32(alpha)[::-1]
    image = bpy.data.images.new("mask", WIDTH, HEIGHT, alpha=True)
    image.alpha_mode = "CHANNEL_PACKED"
    image.pixels.foreach_set(pixels.ravel())
    image.file_format = "PNG"
    image.filepath_raw = str(path)
    image.save()
    bpy.data.images.remove(image)
    return path


@pytest.fixture
def points(library, write):
    result = library.load_result(write({number: waves(number) for number in NUMBERS}))
    return library.create_points(bpy.context.scene, result, library.SceneSettings()), result


@pytest.fixture
def sequence(tmp_path):
    """Writes a mask for each number and returns the first file."""

    def write_all(numbers, name="matte.{:04d}.png"):
        files = [save(tmp_path / name.format(number), pattern(number)) for number in numbers]
        return files[0]

    return write_all


def kept(made, frame):
    """Which points are there [H,W], row 0 on top, by where the camera sees them."""
    bpy.context.scene.frame_set(frame)
    x, y, z = positions(made).T
    width = 2 * np.tan(np.radians(55) / 2)
    columns = np.round((x / -z / width + 0.5) * WIDTH - 0.5).astype(int)
    rows = np.round((0.5 - y / -z / (width * HEIGHT / WIDTH)) * HEIGHT - 0.5).astype(int)
    found = np.zeros((HEIGHT, WIDTH), bool)
    found[rows, columns] = True
    assert found.sum() == len(x)
    return found


def shown(frame):
    return max((n for n in NUMBERS if n <= frame), default=1)


def test_a_sequence_plays_with_the_result(library, points, sequence) -> None:
    made, result = points
    library.set_mask(made, result, sequence(NUMBERS))
    for frame in (-3, 1, 2, 4, 6, 7, 40):
        assert np.array_equal(kept(made, frame), pattern(shown(frame)))
    control(made, "Invert Mask", True)
    assert np.array_equal(kept(made, 2), ~pattern(2))
    library.clear_mask(made)
    control(made, "Invert Mask", False)
    assert kept(made, 2).all()


def test_plates_are_numbered_as_the_footage_s_own_files(library, contract, points, sequence) -> None:
    import dataclasses

    made, result = points
    frames = tuple(dataclasses.replace(frame, original_number=frame.number + 1000) for frame in result.manifest.frames)
    plates = dataclasses.replace(result, manifest=dataclasses.replace(result.manifest, frames=frames))
    library.set_mask(made, plates, sequence([number + 1000 for number in NUMBERS]))
    for frame in (1, 3, 5, 6):
        assert np.array_equal(kept(made, frame), pattern(shown(frame) + 1000))


def test_a_frame_without_a_mask_is_named(library, contract, points, sequence) -> None:
    made, result = points
    with pytest.raises(contract.DepthError, match=r"no file matte\.0006\.png") as error:
        library.set_mask(made, result, sequence([1, 2, 3]))
    assert "1 to 7" in error.value.hint
    with pytest.raises(contract.DepthError, match="There is no file"):
        library.set_mask(made, result, result.folder / "nothing.png")
    (result.folder / "broken.png").write_bytes(b"no picture")
    with pytest.raises(contract.DepthError, match="cannot read"):
        library.set_mask(made, result, result.folder / "broken.png")
    assert kept(made, 1).all()


def test_one_picture_masks_every_frame_also_if_its_name_has_digits(library, points, tmp_path) -> None:
    made, result = points
    for name in ("matte.png", "matte2.png"):
        library.set_mask(made, result, save(tmp_path / name, pattern(9)))
        for frame in (1, 7):
            assert np.array_equal(kept(made, frame), pattern(9))


def test_alpha(library, points, tmp_path) -> None:
    made, result = points
    picture = save(tmp_path / "cutout.png", np.full((HEIGHT, WIDTH), 0.1), alpha=pattern(1))
    library.set_mask(made, result, picture, "ALPHA")
    assert np.array_equal(kept(made, 1), pattern(1))


def test_footage_with_alpha_brings_its_own_mask(library, write) -> None:
    alpha = {number: np.where(pattern(number), np.float32(1), np.float32(0)) for number in NUMBERS}
    result = library.load_result(write({number: waves(number) for number in NUMBERS}, alpha=alpha))
    made = library.create_points(bpy.context.scene, result, library.SceneSettings())
    for frame in (1, 3, 4, 7):
        assert np.array_equal(kept(made, frame), pattern(shown(frame)))
    control(made, "Mask From", 0)
    assert kept(made, 1).all()


def test_the_same_mask_is_loaded_once(library, points, sequence) -> None:
    made, result = points
    first = sequence(NUMBERS)
    before = len(bpy.data.images)
    for _ in range(2):
        library.set_mask(made, result, first)
    assert len(bpy.data.images) == before + 1


def test_a_movie_s_frames_are_the_source_s(library, points, contract, tmp_path) -> None:
    made, result = points
    library.set_mask(made, result, make_movie(tmp_path / "matte.mp4", frames=8, size=(96, 64)))
    codes = {number: coded_picture(number, 96, 64) for number in range(12)}
    step = 96 // WIDTH
    grids = {n: code.reshape(64, 96, -1)[step // 2 :: step, step // 2 :: step, 0] > 127 for n, code in codes.items()}
    for frame in (1, 3, 4, 7):
        found = kept(made, frame)
        best = max(grids, key=lambda n: (grids[n] == found).mean())
        assert best == shown(frame) - 1  # the picture of the source's frame 1 has the code 0
    with pytest.raises(contract.DepthError, match="has 4 frames, but the result needs 7"):
        library.set_mask(made, result, make_movie(tmp_path / "short.mp4", frames=4, size=(96, 64)))


def test_softness_takes_grays_as_a_fade(library, points, tmp_path) -> None:
    made, result = points
    ramp = np.broadcast_to(np.linspace(0, 1, WIDTH), (HEIGHT, WIDTH))
    library.set_mask(made, result, save(tmp_path / "ramp.png", ramp))
    control(made, "Cut Softness", 1.0)
    bpy.context.scene.frame_set(1)
    data = evaluated(made)
    fade = np.empty(len(data.points), np.float32)
    data.attributes["Fade"].data.foreach_get("value", fade)
    values = np.round(ramp * 255) / 255
    wanted = np.clip(2 * (1 - values), 0, 1)[::-1].T[(values >= 0.5)[::-1].T]
    assert len(fade) == len(wanted)
    assert np.abs(fade - wanted).max() < 1e-3


def test_the_operator_does_the_same(library, points, sequence) -> None:
    made, result = points
    bpy.context.view_layer.objects.active = made
    first = sequence(NUMBERS)
    assert bpy.ops.object.depth_set_mask(filepath=str(first)) == {"FINISHED"}
    by_operator = {frame: kept(made, frame) for frame in (1, 5, 7)}
    assert bpy.ops.object.depth_clear_mask() == {"FINISHED"}
    assert kept(made, 1).all()
    library.set_mask(made, result, first)
    for frame, found in by_operator.items():
        assert np.array_equal(found, kept(made, frame)) and not found.all()


def test_the_operator_wants_a_relief_or_points() -> None:
    with pytest.raises(RuntimeError, match="Select a relief or points"):
        bpy.ops.object.depth_set_mask(filepath="/nowhere.png")


def test_an_object_of_an_earlier_version_says_so(library, addon, contract, points, tmp_path) -> None:
    made, result = points
    group = bpy.data.node_groups.new("Depth Points", "GeometryNodeTree")
    group["estimate_depth_version"] = "POINTS 1"
    made.modifiers[0].node_group = group
    assert importlib.import_module(f"{addon.__name__}.scene").find_player(made)
    with pytest.raises(contract.DepthError, match="earlier version"):
        library.set_mask(made, result, save(tmp_path / "m.png", pattern(1)))


def test_a_strip_of_the_sequencer_masks_where_it_lies_over_the_footage(library, points, sequence, addon) -> None:
    """The strip begins two frames before the footage and shows it a mask that was made for each of its frames."""
    made, result = points
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    first = sequence(range(1, 10))
    compat = importlib.import_module(f"{addon.__name__}.compat")
    strip = compat.strips(scene.sequence_editor_create()).new_image("matte", str(first), channel=1, frame_start=-1)
    for number in range(2, 10):
        strip.elements.append(f"matte.{number:04d}.png")
    scene.sequence_editor.active_strip = strip
    if hasattr(bpy.context.workspace, "sequencer_scene"):
        bpy.context.workspace.sequencer_scene = scene
    bpy.context.view_layer.objects.active = made
    assert bpy.ops.object.depth_mask_from_strip() == {"FINISHED"}
    assert sorted(file.name for file in (result.folder / "mask").iterdir())[::6] == ["000001.png", "000007.png"]
    for frame in (1, 2, 3, 6, 7):
        assert np.array_equal(kept(made, frame), pattern(frame + 2))

    compat.set_handles(strip, -1, 3)
    with pytest.raises(RuntimeError, match="no file"):
        bpy.ops.object.depth_mask_from_strip()
