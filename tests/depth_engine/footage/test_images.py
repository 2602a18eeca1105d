# SPDX-License-Identifier: GPL-3.0-or-later
"""Image sequences: which files belong together, and their pixels in every format."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_engine.contract import DepthError, ExitCode, ImagesSource, MovieSource
from depth_engine.footage import Footage, find_source, open_footage
from tests.support.coded import coded_picture, read_index
from tests.support.images import make_images, write_exr, write_image
from tests.support.movies import make_movie

EXTENSIONS = ["png", "jpg", "tif", "exr"]


def opened(path: Path, rate: str = "24") -> Footage:
    return open_footage(find_source(path, rate))


def files(path: Path) -> list[str]:
    source = find_source(path)
    assert isinstance(source, ImagesSource)
    return list(source.files)


def refused(path: Path, *words: str) -> DepthError:
    with pytest.raises(DepthError) as caught:
        list(opened(path).read([1]))
    assert caught.value.code == ExitCode.BAD_INPUT
    for word in (path.name, *words):
        assert word in caught.value.message
    return caught.value


def only_picture(path: Path) -> np.ndarray:
    (frame,) = opened(path).read([1])
    return frame.rgb


# --- which files ---


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("which", ["folder", "first", "middle"])
def test_every_frame_of_a_sequence_from_1001(tmp_path: Path, extension: str, which: str) -> None:
    paths = make_images(tmp_path / "plate", pattern=f"sh010_v002.####.{extension}", start=1001, size=(97, 63))
    footage = opened({"folder": paths[0].parent, "first": paths[0], "middle": paths[5]}[which], "23.976")
    facts = footage.facts
    assert (facts.width, facts.height, facts.frame_count, facts.rate) == (97, 63, 12, "24000/1001")
    assert facts.constant_rate and facts.start_seconds == 0 and facts.duration_seconds == pytest.approx(0.5005)
    assert [read_index(frame.rgb) for frame in footage.read(range(1, 13))] == list(range(12))
    assert [read_index(frame.rgb) for frame in footage.read([4, 9])] == [3, 8]
    record = footage.record(7)
    assert (record.number, record.original_number, record.name) == (7, 1007, paths[6].name)
    assert record.seconds == pytest.approx(6 * 1001 / 24000)
    assert footage.warnings == ()


def test_numbers_without_padding_come_in_natural_order(tmp_path: Path) -> None:
    make_images(tmp_path, pattern="frame#.png", numbers=[2, 9, 10, 11, 100], size=(48, 32))
    expected = [f"frame{n}.png" for n in (2, 9, 10, 11, 100)]
    assert files(tmp_path) == expected and files(tmp_path / "frame10.png") == expected


def test_a_sequence_may_outgrow_its_padding(tmp_path: Path) -> None:
    make_images(tmp_path, pattern="a_##.png", numbers=[98, 99, 100, 101], size=(48, 32))
    assert files(tmp_path) == ["a_98.png", "a_99.png", "a_100.png", "a_101.png"]


def test_gaps_close_up_and_are_told(tmp_path: Path) -> None:
    make_images(tmp_path, numbers=[1, 2, 3, 7, 8], size=(48, 32))
    footage = opened(tmp_path)
    assert [footage.record(n).original_number for n in range(1, 6)] == [1, 2, 3, 7, 8]
    assert [read_index(frame.rgb) for frame in footage.read(range(1, 6))] == [0, 1, 2, 3, 4]
    (warning,) = footage.warnings
    assert "gaps" in warning and "after 3" in warning


def test_a_sequence_on_twos_has_no_gaps(tmp_path: Path) -> None:
    make_images(tmp_path, numbers=[1, 3, 5, 7, 9], size=(48, 32))
    assert opened(tmp_path).warnings == ()


def test_one_file_takes_only_its_own_sequence(tmp_path: Path) -> None:
    make_images(tmp_path, pattern="beauty_v1.####.png", frames=4, size=(48, 32))
    make_images(tmp_path, pattern="mask_v1.####.png", frames=5, size=(48, 32))
    make_images(tmp_path, pattern="beauty_v1.####.jpg", frames=6, size=(48, 32))
    assert files(tmp_path / "mask_v1.0002.png") == [f"mask_v1.{n:04}.png" for n in range(1, 6)]
    assert files(tmp_path / "beauty_v1.0002.jpg") == [f"beauty_v1.{n:04}.jpg" for n in range(1, 7)]


def test_a_folder_with_several_sequences_asks(tmp_path: Path) -> None:
    make_images(tmp_path / "plates", pattern="left.###.png", frames=4, size=(48, 32))
    make_images(tmp_path / "plates", pattern="right.###.png", frames=3, size=(48, 32))
    error = refused(tmp_path / "plates", "left.###.png (4)", "right.###.png (3)")
    assert "one file" in error.hint


def test_the_number_is_the_one_that_changes(tmp_path: Path) -> None:
    paths = make_images(tmp_path, pattern="####_shot7_v2.png", start=10, frames=3, size=(48, 32))
    assert files(paths[1]) == [path.name for path in paths]
    assert opened(tmp_path).record(2).original_number == 11


def test_arbitrary_names_make_one_sequence_of_the_folder(tmp_path: Path) -> None:
    for index, name in enumerate(["Beach.png", "dawn.png", "zebra.png"]):
        write_image(tmp_path / name, coded_picture(index, 48, 32))
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "._dawn.png").write_bytes(b"left by macOS")
    footage = opened(tmp_path)
    assert [footage.record(n).name for n in (1, 2, 3)] == ["Beach.png", "dawn.png", "zebra.png"]
    assert [footage.record(n).original_number for n in (1, 2, 3)] == [1, 2, 3]
    assert files(tmp_path / "dawn.png") == ["dawn.png"]


def test_a_source_may_list_any_files_in_any_order(tmp_path: Path) -> None:
    paths = make_images(tmp_path, size=(48, 32))
    names = tuple(paths[i].name for i in (5, 2, 2, 9))
    footage = open_footage(ImagesSource(str(tmp_path), names, "25"))
    assert [read_index(frame.rgb) for frame in footage.read([1, 2, 3, 4])] == [5, 2, 2, 9]
    assert [footage.record(n).original_number for n in (1, 2, 3, 4)] == [6, 3, 3, 10]


def test_a_movie_is_found_as_a_movie(tmp_path: Path) -> None:
    path = make_movie(tmp_path / "clip.mp4")
    assert find_source(path) == MovieSource(str(path))


def test_nothing_to_find(tmp_path: Path) -> None:
    refused(tmp_path / "missing.png", "does not exist")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "no images")
    with pytest.raises(DepthError, match="not a frame rate"):
        find_source(tmp_path, "fast")


# --- what is wrong with them ---


def test_another_size_is_refused_and_names_the_file(tmp_path: Path) -> None:
    make_images(tmp_path, size=(48, 32), frames=5)
    write_image(tmp_path / "frame.0004.png", coded_picture(3, 64, 32))
    with pytest.raises(DepthError, match=r"frame\.0004\.png is 64x32.*48x32"):
        opened(tmp_path)


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    paths = make_images(tmp_path, size=(48, 32), frames=5)
    source = find_source(tmp_path)
    paths[2].unlink()
    with pytest.raises(DepthError, match=r"frame\.0003\.png cannot be read"):
        open_footage(source)


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.7])
def test_a_file_that_breaks_off_is_named(tmp_path: Path, extension: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    path = tmp_path / f"frame.{extension}"
    write_image(path, noise)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refused(path)


def test_text_is_no_image(tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_text("This is no picture at all.")
    refused(path, "not a PNG, JPEG, TIFF or EXR")


# --- pixels ---


@pytest.mark.parametrize("extension", ["png", "tif"])
@pytest.mark.parametrize("depth", [8, 16])
def test_lossless_formats_keep_colors(tmp_path: Path, extension: str, depth: int) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    path = tmp_path / f"a.{extension}"
    write_image(path, rgb, depth)
    assert np.array_equal(only_picture(path), rgb)


def test_16_bits_are_rounded_not_cut(tmp_path: Path) -> None:
    values = np.array([[0, 127, 128, 129, 257, 385, 386, 65535]], np.uint16)
    cv2.imwrite(str(tmp_path / "a.png"), np.repeat(values[:, :, None], 3, 2))
    assert only_picture(tmp_path / "a.png")[0, :, 0].tolist() == [0, 0, 0, 1, 1, 1, 2, 255]


def test_jpeg_is_near(tmp_path: Path) -> None:
    rgb = np.full((32, 48, 3), (200, 40, 30), np.uint8)
    write_image(tmp_path / "a.jpg", rgb)
    assert np.abs(only_picture(tmp_path / "a.jpg").astype(int) - rgb).max() <= 3


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    body = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def test_gray_and_palette_become_rgb(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "gray.png"), np.array([[0, 100, 255]], np.uint8))
    assert only_picture(tmp_path / "gray.png").tolist() == [[[0] * 3, [100] * 3, [255] * 3]]
    header = struct.pack(">IIBBBBB", 3, 1, 8, 3, 0, 0, 0)
    colors = bytes([255, 0, 0, 10, 20, 30, 0, 0, 255])
    data = zlib.compress(b"\0" + bytes([2, 1, 0]))
    (tmp_path / "palette.png").write_bytes(
        png((b"IHDR", header), (b"PLTE", colors), (b"tRNS", b"\0\xff\xff"), (b"IDAT", data), (b"IEND", b""))
    )
    assert only_picture(tmp_path / "palette.png").tolist() == [[[0, 0, 255], [10, 20, 30], [255, 0, 0]]]
    assert opened(tmp_path / "palette.png").facts.alpha
    assert only_alpha(tmp_path / "palette.png").tolist() == [[255, 255, 0]]


def only_alpha(path: Path) -> np.ndarray:
    (frame,) = opened(path).read([1])
    assert frame.alpha is not None
    return frame.alpha


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_alpha_comes_beside_the_colors_and_leaves_them_as_they_are(tmp_path: Path, name: str, kind: type) -> None:
    rgba = np.random.default_rng(1).integers(0, 256, (20, 30, 4), dtype=np.uint8)
    rgba[:, :15, 3] = 0  # colours where nothing shows
    scale = 257 if kind is np.uint16 else 1
    assert cv2.imwrite(str(tmp_path / name), rgba[:, :, [2, 1, 0, 3]].astype(kind) * scale)
    footage = opened(tmp_path / name)
    assert footage.facts.alpha
    (frame,) = footage.read([1])
    assert np.array_equal(frame.rgb, rgba[:, :, :3])
    assert np.array_equal(only_alpha(tmp_path / name), rgba[:, :, 3])


def test_pictures_without_alpha_have_none(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((4, 4, 3), np.uint8))
    assert next(iter(opened(tmp_path / "a.png").read([1]))).alpha is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_alpha_is_turned_as_the_picture_is(tmp_path: Path, orientation: int) -> None:
    """A PNG whose alpha is its red channel, with an orientation."""
    gray = np.arange(6 * 4, dtype=np.uint8).reshape(4, 6) * 10
    data = cv2.imencode(".png", np.dstack([gray * 0, gray * 0, gray, gray]))[1].tobytes()
    exif = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)
    chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    (frame,) = opened(tmp_path / "a.png").read([1])
    assert frame.rgb.shape[:2] == ((6, 4) if orientation > 4 else (4, 6))
    assert np.array_equal(only_alpha(tmp_path / "a.png"), frame.rgb[:, :, 0])


def with_orientation(jpeg: bytes, orientation: int, order: str) -> bytes:
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    tiff = mark + struct.pack(order + "IHHHIHHI", 8, 1, 274, 3, 1, orientation, 0, 0)
    exif = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


@pytest.mark.parametrize("orientation, rotation", [(1, 0), (3, 180), (6, 90), (8, 270), (2, 180), (5, 90)])
@pytest.mark.parametrize("order", ["<", ">"])
def test_cameras_turn_their_stills(tmp_path: Path, orientation: int, rotation: int, order: str) -> None:
    """As for movies, stills with an orientation come upright, and the rotation tells that they were turned."""
    upright = coded_picture(5, 96, 64)
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        8: np.rot90(upright, -1),
    }[orientation]
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(stored))[1].tobytes()
    (tmp_path / "a.jpg").write_bytes(with_orientation(jpeg, orientation, order))
    footage = opened(tmp_path / "a.jpg")
    assert (footage.facts.width, footage.facts.height, footage.facts.rotation) == (96, 64, rotation)
    assert read_index(next(iter(footage.read([1]))).rgb) == 5


def test_formats_may_mix(tmp_path: Path) -> None:
    names = ("a.png", "b.jpg", "c.exr")
    for index, name in enumerate(names):
        write_image(tmp_path / name, coded_picture(index, 48, 32))
    footage = open_footage(ImagesSource(str(tmp_path), names))
    assert [read_index(frame.rgb) for frame in footage.read([1, 2, 3])] == [0, 1, 2]


def test_float_tiff_is_linear_like_exr(tmp_path: Path) -> None:
    light = np.linspace(0, 1, 64 * 48 * 3, dtype=np.float32).reshape(48, 64, 3)
    cv2.imwrite(str(tmp_path / "a.tif"), light[:, :, ::-1])
    write_exr(tmp_path / "a.exr", {"RGB": light})
    assert np.abs(only_picture(tmp_path / "a.tif").astype(int) - only_picture(tmp_path / "a.exr")).max() <= 1
