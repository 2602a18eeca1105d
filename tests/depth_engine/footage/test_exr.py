# SPDX-License-Identifier: GPL-3.0-or-later
"""EXR footage: which channels are the picture, and one exposure for all frames."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage import Footage, find_source, open_footage
from tests.support.coded import coded_picture, read_index
from tests.support.images import make_images, write_exr

WIDTH, HEIGHT = 48, 32


def opened(path: Path) -> Footage:
    return open_footage(find_source(path))


def picture(path: Path) -> np.ndarray:
    (frame,) = opened(path).read([1])
    return frame.rgb


def light(index: int, dtype: type = np.float32) -> np.ndarray:
    """A coded picture as light."""
    return (coded_picture(index, WIDTH, HEIGHT) / 255).astype(dtype)


def layer(prefix: str, index: int) -> dict[str, np.ndarray]:
    pixels = light(index)
    dot = f"{prefix}." if prefix else ""
    return {f"{dot}{name}": np.ascontiguousarray(pixels[:, :, i]) for i, name in enumerate("RGB")}


def srgb_to_light(rgb: np.ndarray) -> np.ndarray:
    value = rgb / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


# --- which channels ---


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("channels", ["RGB", "RGBA"])
def test_plain(tmp_path: Path, dtype: type, channels: str) -> None:
    pixels = light(3, dtype)
    if channels == "RGBA":
        pixels = np.dstack([pixels, np.linspace(0, 1, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype(dtype)])
    write_exr(tmp_path / "a.exr", {channels: pixels})
    assert read_index(picture(tmp_path / "a.exr")) == 3
    footage = opened(tmp_path / "a.exr")
    assert footage.facts.alpha == (channels == "RGBA")
    (frame,) = footage.read([1])
    if channels == "RGBA":
        assert frame.alpha is not None and np.abs(frame.alpha / 255 - pixels[:, :, 3]).max() < 0.003
    else:
        assert frame.alpha is None


def test_luminance_alone_is_gray(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", {"Y": light(3)[:, :, 0]})
    rgb = picture(tmp_path / "a.exr")
    assert read_index(rgb) == 3 and np.ptp(rgb, axis=2).max() == 0


def test_the_combined_pass_of_a_multilayer_render(tmp_path: Path) -> None:
    passes = layer("ViewLayer.AO", 1) | layer("ViewLayer.Combined", 2) | layer("ViewLayer.DiffCol", 3)
    write_exr(tmp_path / "a.exr", passes | {"ViewLayer.Depth.Z": light(4)[:, :, 0]})
    assert read_index(picture(tmp_path / "a.exr")) == 2


def test_the_layer_without_a_name_comes_before_others(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", layer("albedo", 1) | layer("", 2))
    assert read_index(picture(tmp_path / "a.exr")) == 2


def test_of_layers_that_no_name_tells_apart_the_first(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", layer("left", 1) | layer("right", 2))
    assert read_index(picture(tmp_path / "a.exr")) == 1


def test_the_beauty_of_several_parts(tmp_path: Path) -> None:
    depth = OpenEXR.Part({}, {"Z": light(1)[:, :, 0].copy()}, name="depth")
    normals = OpenEXR.Part({}, {"RGB": light(2)}, name="normals")
    beauty = OpenEXR.Part({}, {"RGB": light(3)}, name="beauty")
    OpenEXR.File([depth, normals, beauty]).write(str(tmp_path / "a.exr"))
    assert read_index(picture(tmp_path / "a.exr")) == 3


def test_depth_alone_is_no_picture(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", {"Z": light(1)[:, :, 0]})
    with pytest.raises(DepthError, match="no picture: its channels are Z") as caught:
        opened(tmp_path / "a.exr")
    assert caught.value.code == ExitCode.BAD_INPUT


def test_the_frame_is_the_display_window(tmp_path: Path) -> None:
    """Overscan is cut off, and a data window that covers a part is put in its place on black."""
    whole = light(3)
    windows = {"displayWindow": (np.array([0, 0], np.int32), np.array([WIDTH - 1, HEIGHT - 1], np.int32))}
    wide = np.pad(whole, ((4, 6), (3, 5), (0, 0)), constant_values=1)
    low, high = np.array([-3, -4], np.int32), np.array([WIDTH + 4, HEIGHT + 5], np.int32)
    write_exr(tmp_path / "overscan.exr", {"RGB": wide}, windows | {"dataWindow": (low, high)})
    assert np.array_equal(picture(tmp_path / "overscan.exr"), picture_of(tmp_path, whole))
    part = whole[8:30, 10:40]
    low, high = np.array([10, 8], np.int32), np.array([39, 29], np.int32)
    write_exr(tmp_path / "part.exr", {"RGB": part}, windows | {"dataWindow": (low, high)})
    shown = picture(tmp_path / "part.exr")
    assert shown.shape == (HEIGHT, WIDTH, 3)
    assert not shown[:8].any() and not shown[:, :10].any() and not shown[30:].any() and not shown[:, 40:].any()
    assert np.array_equal(shown[8:30, 10:40] > 128, part > 0.5)


def picture_of(folder: Path, pixels: np.ndarray) -> np.ndarray:
    write_exr(folder / "whole.exr", {"RGB": pixels})
    return picture(folder / "whole.exr")


def test_pixel_aspect_is_told(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", {"RGB": light(0)}, {"pixelAspectRatio": 2.0})
    assert opened(tmp_path / "a.exr").facts.pixel_aspect == "2"


# --- exposure ---


def photo(seed: int = 0) -> np.ndarray:
    """Display pixels with values up to white and midtones in the middle."""
    rng = np.random.default_rng(seed)
    gray, tint = rng.normal(120, 60, (HEIGHT, WIDTH, 1)), rng.normal(0, 10, (HEIGHT, WIDTH, 3))
    return np.clip(gray + tint, 0, 255).astype(np.uint8)


def sequence(folder: Path, frames: list[np.ndarray]) -> Footage:
    for number, pixels in enumerate(frames, start=1):
        write_exr(folder / f"a.{number:04}.exr", {"RGB": pixels})
    return opened(folder)


def test_a_well_exposed_picture_keeps_its_look(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", {"RGB": srgb_to_light(photo())})
    assert np.abs(picture(tmp_path / "a.exr").astype(int) - photo()).max() <= 6


@pytest.mark.parametrize("factor", [1e-3, 1.0, 200.0])
def test_the_scale_of_light_does_not_matter(tmp_path: Path, factor: float) -> None:
    write_exr(tmp_path / "a.exr", {"RGB": srgb_to_light(photo())})
    write_exr(tmp_path / "b.exr", {"RGB": srgb_to_light(photo()) * np.float32(factor)})
    assert np.abs(picture(tmp_path / "a.exr").astype(int) - picture(tmp_path / "b.exr")).max() <= 1


def test_all_frames_have_one_exposure_whichever_are_read(tmp_path: Path) -> None:
    """A light that is switched on makes the picture brighter, it does not change the exposure."""
    frames = [srgb_to_light(photo()) * np.float32(1.5 ** (n - 6)) for n in range(12)]
    footage = sequence(tmp_path, frames)
    together = {frame.number: frame.rgb for frame in footage.read(range(1, 13))}
    means = [together[number].mean() for number in range(1, 13)]
    assert all(later > earlier * 1.05 for earlier, later in pairwise(means))
    (alone,) = opened(tmp_path).read([7])
    assert np.array_equal(alone.rgb, together[7])


def test_black_frames_have_no_say(tmp_path: Path) -> None:
    lit = srgb_to_light(photo())
    (tmp_path / "fades").mkdir()
    fades = sequence(tmp_path / "fades", [lit * 0, lit, lit, lit * 0])
    black, shown, _, _ = (frame.rgb for frame in fades.read([1, 2, 3, 4]))
    assert np.abs(shown.astype(int) - picture_of(tmp_path, lit)).max() <= 1
    assert not black.any()


def test_a_dark_room_with_a_bright_window_shows_both(tmp_path: Path) -> None:
    room = np.full((HEIGHT, WIDTH, 3), 0.02, np.float32)
    room[:, : WIDTH // 4] = 30.0
    room[0, 0] = 60.0
    shown = picture_of(tmp_path, room)
    assert shown[5, -5, 0] > 60 and shown[5, 5, 0] > shown[5, -5, 0] + 60
    assert shown[0, 0, 0] >= shown[5, 5, 0]


def test_values_that_are_no_light_do_no_harm(tmp_path: Path) -> None:
    pixels = srgb_to_light(photo())
    clean = picture_of(tmp_path, pixels)
    pixels[0, 0] = np.nan
    pixels[0, 1] = np.inf
    pixels[0, 2] = -np.inf
    pixels[0, 3] = -5
    pixels[0, 4] = 1e30
    write_exr(tmp_path / "b.exr", {"RGB": pixels})
    shown = picture(tmp_path / "b.exr")
    assert shown[0, :5, 0].tolist() == [0, 255, 0, 0, 255]
    assert np.abs(shown[1:].astype(int) - clean[1:]).max() <= 2


@pytest.mark.parametrize("value", [0.0, np.nan, -1.0])
def test_footage_without_any_light_is_black(tmp_path: Path, value: float) -> None:
    assert not picture_of(tmp_path, np.full((HEIGHT, WIDTH, 3), value, np.float32)).any()


def test_flat_light_is_white_as_it_is_the_brightest_there_is(tmp_path: Path) -> None:
    assert (picture_of(tmp_path, np.full((HEIGHT, WIDTH, 3), 7.0, np.float32)) == 255).all()


def test_long_sequences_are_sampled(tmp_path: Path) -> None:
    paths = make_images(tmp_path, pattern="a.####.exr", frames=40, size=(48, 32))
    footage = opened(tmp_path)
    assert [read_index(frame.rgb) for frame in footage.read(range(1, 41))] == list(range(40)) and len(paths) == 40
