# SPDX-License-Identifier: GPL-3.0-or-later
"""The footage in full size: which file plays it, and which of its numbers shows when."""

from __future__ import annotations

import dataclasses
import importlib

import pytest

from tests.blender_addon.scene.made import waves
from tests.support import elsewhere


@pytest.fixture
def plate(addon, library, contract, write):
    """What plays a result of the frames 2 and 4 of this source: the image, and its number by scene frame."""

    def load(source, **facts):
        result = library.load_result(write({2: waves(1), 4: waves(2)}, size=(96, 64)))
        changed = dataclasses.replace(result.manifest.facts, **facts)
        manifest = dataclasses.replace(result.manifest, source=source, facts=changed)
        result = dataclasses.replace(result, manifest=manifest)
        image, keys = importlib.import_module(f"{addon.__name__}.scene.plate").load_plate(result)
        return image, {key.frame: key.value for key in keys}

    return load


def test_a_movie_plays_itself_frame_by_frame(plate, contract, tmp_path) -> None:
    movie = elsewhere.make_movie(tmp_path / "clip.mp4", frames=6, size=(96, 64))
    source = contract.MovieSource(str(movie))
    image, keys = plate(source, frame_count=6)
    assert image.source == "MOVIE" and keys == {2: 2, 4: 4}


@pytest.mark.parametrize("facts", [{"frame_count": 7}, {"frame_count": 6, "rotation": 90}])
def test_a_movie_that_blender_reads_differently_gives_way_to_the_proxy(plate, contract, tmp_path, facts) -> None:
    movie = elsewhere.make_movie(tmp_path / "clip.mp4", frames=6, size=(96, 64))
    image, keys = plate(contract.MovieSource(str(movie)), **facts)
    assert image.filepath.endswith("color.000002.exr") and keys == {2: 2, 4: 4}


def test_a_sequence_keeps_its_own_numbers(plate, contract, tmp_path) -> None:
    files = elsewhere.make_images(tmp_path / "plate", frames=5, size=(96, 64), start=1001)
    image, keys = plate(contract.ImagesSource(str(tmp_path / "plate"), tuple(file.name for file in files)))
    assert image.source == "SEQUENCE" and image.filepath.endswith(files[1].name)
    assert keys == {2: 1002, 4: 1004}


def test_names_that_do_not_count_up_give_way_to_the_proxy(plate, contract, tmp_path) -> None:
    files = elsewhere.make_images(tmp_path / "plate", frames=5, size=(96, 64), start=1001)
    names = [file.name for file in files]
    image, _ = plate(contract.ImagesSource(str(tmp_path / "plate"), (*names[:2], names[3], names[2], names[4])))
    assert "proxy" in image.filepath
