# SPDX-License-Identifier: GPL-3.0-or-later
"""What a finished job leaves: exactly what its model said, under exactly the right numbers."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import OpenEXR
import pytest

from depth_engine.contract import ImagesSource, JobFolder, Manifest, MovieSource
from depth_engine.jobs import run_job
from depth_engine.outputs.exr import read_exr
from tests.depth_engine.oracle import Oracle, make_job, smooth
from tests.support.coded import coded_picture, read_index
from tests.support.images import make_images
from tests.support.movies import make_movie

ALL_FORMATS = ("exr32", "exr16", "png16", "npz")


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    path = make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=30, rate="30000/1001")
    return MovieSource(str(path))


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    return JobFolder(tmp_path / "clip.depth")


def _files(folder: JobFolder, name: str) -> list[int]:
    return sorted(int(path.name.split(".")[1]) for path in (folder.path / name).iterdir())


@pytest.mark.parametrize("window", [1, 7])
def test_every_format_holds_what_the_model_said(job: JobFolder, movie: MovieSource, window: int):
    manifest = run_job(make_job(job, movie, format=ALL_FORMATS, shots="off"), model=Oracle(window=window))
    numbers = [frame.number for frame in manifest.frames]
    assert numbers == list(range(1, 31))
    shot = manifest.shots[0]
    for number in numbers:
        wanted = smooth(number)
        exact = read_exr(job.path / manifest.depth["exr32"].file(number))
        assert exact.tobytes() == wanted.tobytes()
        half = read_exr(job.path / manifest.depth["exr16"].file(number))
        np.testing.assert_array_equal(half, wanted.astype(np.float16))
        grey = cv2.imread(str(job.path / manifest.depth["png16"].file(number)), cv2.IMREAD_UNCHANGED)
        span = shot.max - shot.min
        np.testing.assert_allclose(shot.min + grey / 65535 * span, wanted, atol=0.51 * span / 65535)
    with np.load(job.path / manifest.npz[0], allow_pickle=False) as part:
        np.testing.assert_array_equal(part["disparity"], [smooth(number) for number in numbers])
        np.testing.assert_array_equal(part["frame_numbers"], numbers)


def test_the_proxy_shows_the_same_frames(job: JobFolder, movie: MovieSource):
    manifest = run_job(make_job(job, movie), model=Oracle())
    for number in (1, 14, 30):
        np.testing.assert_array_equal(read_exr(job.path / manifest.proxy_depth.file(number)), smooth(number))
        color = cv2.imread(str(job.path / manifest.proxy_color.file(number)))
        assert read_index(color[..., ::-1]) == number - 1


def test_the_proxy_of_footage_with_alpha_has_it_too(job: JobFolder, tmp_path: Path):
    alpha = np.where(np.arange(96) < 40, 0, 255).astype(np.uint8)[None].repeat(64, 0)
    for number in (1, 2):
        picture = coded_picture(number, 96, 64)
        assert cv2.imwrite(str(tmp_path / f"plate.{number:04d}.png"), np.dstack([picture[..., ::-1], alpha]))
    source = ImagesSource(str(tmp_path), ("plate.0001.png", "plate.0002.png"))
    manifest = run_job(make_job(job, source, shots="off"), model=Oracle())
    assert manifest.facts.alpha and manifest.proxy_color.pattern.endswith(".png")
    for number in (1, 2):
        color = cv2.imread(str(job.path / manifest.proxy_color.file(number)), cv2.IMREAD_UNCHANGED)
        assert read_index(color[..., 2::-1]) == number
        np.testing.assert_array_equal(color[..., 3], alpha)


@pytest.mark.parametrize("formats", [(kind,) for kind in ALL_FORMATS] + [("png16", "exr16"), ()])
@pytest.mark.parametrize("preview", [True, False])
def test_only_what_is_asked_for_is_written(job: JobFolder, movie: MovieSource, formats: tuple[str, ...], preview: bool):
    manifest = run_job(make_job(job, movie, format=formats, preview=preview), model=Oracle())
    folders = {"exr32": "depth", "exr16": "depth16", "png16": "png16", "npz": "npz"}
    wanted = {folders[kind] for kind in formats} | {"proxy"} | ({"preview"} if preview else set())
    assert {path.name for path in job.path.iterdir() if path.is_dir()} == wanted
    assert set(manifest.depth) == set(formats) - {"npz"}
    assert (manifest.preview is not None) == preview and bool(manifest.npz) == ("npz" in formats)


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"frames": (5, 9)}, [5, 6, 7, 8, 9]),
        ({"step": 7}, [1, 8, 15, 22, 29]),
        ({"step": 3, "frames": (4, 12)}, [4, 7, 10]),
        ({"frames": (30, 30)}, [30]),
    ],
)
def test_files_carry_their_frame_s_number_in_the_source(
    job: JobFolder, movie: MovieSource, options: dict[str, object], numbers: list[int]
):
    manifest = run_job(make_job(job, movie, format=("exr32", "png16"), **options), model=Oracle())
    assert [frame.number for frame in manifest.frames] == numbers
    assert _files(job, "depth") == _files(job, "png16") == numbers
    assert sorted({int(path.name.split(".")[1]) for path in (job.path / "proxy").iterdir()}) == numbers
    for number in numbers:
        np.testing.assert_array_equal(read_exr(job.path / manifest.depth["exr32"].file(number)), smooth(number))


@pytest.mark.parametrize(
    ("options", "first", "last"), [({}, 1, 30), ({"step": 4, "frames": (3, 21)}, 3, 21), ({"fps": "15"}, 1, 30)]
)
def test_the_preview_is_as_long_as_the_chosen_frames(
    job: JobFolder, movie: MovieSource, options: dict[str, object], first: int, last: int
):
    manifest = run_job(make_job(job, movie, **options), model=Oracle())
    assert manifest.frames[0].number == first
    with av.open(str(job.path / (manifest.preview or ""))) as preview:
        assert preview.streams.video[0].average_rate == Fraction("30000/1001")
        assert sum(1 for _ in preview.decode(video=0)) == last - first + 1


def test_halving_the_rate_keeps_every_second_frame_s_number(job: JobFolder, movie: MovieSource):
    manifest = run_job(make_job(job, movie, fps="30000/2002"), model=Oracle())
    numbers = [frame.number for frame in manifest.frames]
    assert numbers == list(range(1, 31, 2)) == _files(job, "depth")
    assert [frame.seconds for frame in manifest.frames] == pytest.approx([(n - 1) * 1001 / 30000 for n in numbers])


def test_a_sequence_from_1001_keeps_its_names(tmp_path: Path, job: JobFolder):
    files = make_images(tmp_path / "plate", frames=6, pattern="shot_a.####.png", start=1001)
    source = ImagesSource(str(tmp_path / "plate"), tuple(path.name for path in files), "25")
    manifest = run_job(make_job(job, source, step=2), model=Oracle())
    assert [(f.number, f.original_number, f.name) for f in manifest.frames] == [
        (1, 1001, "shot_a.1001.png"),
        (3, 1003, "shot_a.1003.png"),
        (5, 1005, "shot_a.1005.png"),
    ]
    assert _files(job, "depth") == [1, 3, 5]


@pytest.mark.parametrize(
    ("option", "size"), [("source", (96, 64)), ("processed", (40, 30)), ("48", (48, 32)), ("192", (192, 128))]
)
def test_output_size(job: JobFolder, movie: MovieSource, option: str, size: tuple[int, int]):
    oracle = Oracle(lambda number: smooth(number, (40, 30)))
    manifest = run_job(make_job(job, movie, output_size=option, frames=(1, 3), format=("exr32", "npz")), model=oracle)
    sequence = manifest.depth["exr32"]
    assert (sequence.width, sequence.height) == size
    values = read_exr(job.path / sequence.file(2))
    assert values.shape == size[::-1]
    low, high = smooth(2, (40, 30)).min(), smooth(2, (40, 30)).max()
    assert low - 1e-5 <= values.min() < values.max() <= high + 1e-5


def test_a_shot_s_range_is_that_of_its_frames(job: JobFolder, movie: MovieSource):
    manifest = run_job(make_job(job, movie, shots="off"), model=Oracle())
    values = np.stack([smooth(number) for number in range(1, 31)])
    (shot,) = manifest.shots
    assert (shot.first, shot.last) == (1, 30)
    assert (shot.min, shot.max) == (float(values.min()), float(values.max()))
    width = (shot.max - shot.min) / 65535
    assert np.percentile(values, [1, 99]) == pytest.approx([shot.p1, shot.p99], abs=4 * width)


def test_a_constant_shot_is_no_problem(job: JobFolder, movie: MovieSource):
    flat = Oracle(lambda _: np.full((64, 96), 2.0, np.float32))
    manifest = run_job(make_job(job, movie, format=ALL_FORMATS), model=flat)
    shot = manifest.shots[0]
    assert (shot.min, shot.max, shot.p1, shot.p99) == (2.0, 2.0, 2.0, 2.0)


def test_each_exr_says_where_it_comes_from(job: JobFolder, movie: MovieSource):
    manifest = run_job(make_job(job, movie, frames=(7, 8)), model=Oracle())
    for sequence in (manifest.depth["exr32"], manifest.proxy_depth):
        with OpenEXR.File(str(job.path / sequence.file(8))) as file:
            header = dict(file.header())
        assert header["source"] == "clip.mp4" and header["imageCounter"] == header["sourceFrame"] == 8
        assert header["framesPerSecond"] == Fraction("30000/1001")
        assert (header["model"], header["licence"], header["kind"]) == ("Oracle", "Apache-2.0", "disparity")
        assert "near is large" in header["units"]
        assert math.isclose(header["minimum"], smooth(8).min()) and math.isclose(header["maximum"], smooth(8).max())


def test_the_manifest_on_disk_is_the_one_returned(job: JobFolder, movie: MovieSource):
    manifest = run_job(make_job(job, movie, frames=(1, 4)), model=Oracle())
    read = job.read_manifest()
    assert isinstance(read, Manifest) and read == manifest
    assert read.model.name == "oracle" and read.source == movie and read.facts.frame_count == 30
    assert not list(job.path.rglob("*.part"))
