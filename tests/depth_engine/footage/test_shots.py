# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts are found at the exact frame, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from depth_engine.contract import DepthError, ExitCode, ImagesSource, MovieSource
from depth_engine.footage import open_footage
from depth_engine.footage.shots import SHORTEST, find_cuts, told_starts
from depth_engine.models.base import Stop
from tests.support.images import write_image
from tests.support.scenes import SIZE, Picture, Scene, blend, lit, make_clip

DOG = Path(__file__).resolve().parents[3] / "examples" / "dog_handheld.mp4"

A, B, C = Scene(1), Scene(2), Scene(3)


@pytest.fixture(scope="module")
def dog() -> list[Picture]:
    """Real, handheld footage, 41 frames."""
    import cv2

    frames = open_footage(MovieSource(str(DOG))).read(range(1, 42))
    return [cv2.resize(frame.rgb, SIZE, interpolation=cv2.INTER_AREA) for frame in frames]


def _searched(_done: int, _total: int) -> None:
    pass


def _cuts(path: Path, pictures: list[Picture]) -> list[int]:
    footage = open_footage(MovieSource(str(make_clip(path / "clip.mp4", pictures))))
    return find_cuts(footage, 1, len(pictures), _searched)


def _pan(scene: Scene, frames: int, step: float = 0.004) -> list[Picture]:
    return [scene.view(0.1 + step * n) for n in range(frames)]


def _shake(scene: Scene, frames: int, light: float = 1.0) -> list[Picture]:
    """A hand that trembles by some 3 % of the picture's width from frame to frame."""
    random = np.random.default_rng(7)
    places = 0.5 + random.normal(0, 0.01, (frames, 2))
    return [scene.view(x, y, light) for x, y in places]


# --- cuts --------------------------------------------------------------------------------------------------------


def test_cuts_are_found_at_the_exact_frame(tmp_path: Path, dog: list[Picture]):
    pictures = [*_pan(A, 23), *dog[:19], *[B.view()] * 12, *_shake(C, 17), *_pan(B, 14, 0.02)]
    assert _cuts(tmp_path, pictures) == [24, 43, 55, 72]


def test_cuts_within_one_world_are_found(tmp_path: Path):
    """Shot and countershot: the same colours, another view."""
    pictures = [*[A.view(0.1, 0.2)] * 15, *[A.view(0.8, 0.7)] * 15, *[A.view(0.1, 0.2)] * 15]
    assert _cuts(tmp_path, pictures) == [16, 31]


def test_cuts_in_the_dark_are_found(tmp_path: Path):
    pictures = [*_pan_lit(A, 15, 0.25), *_pan_lit(B, 15, 0.25)]
    assert _cuts(tmp_path, pictures) == [16]


def _pan_lit(scene: Scene, frames: int, light: float) -> list[Picture]:
    return [lit(picture, light) for picture in _pan(scene, frames)]


def test_only_the_chosen_range_is_searched(tmp_path: Path):
    pictures = [*_pan(A, 20), *_pan(B, 20), *_pan(C, 20)]
    footage = open_footage(MovieSource(str(make_clip(tmp_path / "clip.mp4", pictures))))
    seen: list[tuple[int, int]] = []
    assert find_cuts(footage, 30, 55, lambda done, total: seen.append((done, total))) == [41]
    assert seen == [(n, 26) for n in range(1, 27)]
    assert find_cuts(footage, 22, 39, _searched) == []


def test_shots_that_are_too_short_belong_to_the_one_before(tmp_path: Path):
    shortest = [*_pan(A, 12), *_pan(B, SHORTEST), *_pan(C, 12)]
    assert _cuts(tmp_path, shortest) == [13, 13 + SHORTEST]
    shorter = [*_pan(A, 12), *_pan(B, SHORTEST - 1), *_pan(C, 12)]
    assert _cuts(tmp_path, shorter) == [13]


@pytest.mark.parametrize("frames", [1, 2, 5, 9])
def test_clips_of_a_few_frames_have_one_shot(tmp_path: Path, frames: int):
    assert _cuts(tmp_path, [A.view() if n % 2 else B.view() for n in range(frames)]) == []


def test_an_image_sequence_is_searched_too(tmp_path: Path):
    pictures = [*_pan(A, 11), *_pan(B, 11)]
    names = [f"plate.{1001 + n}.png" for n in range(len(pictures))]
    for name, picture in zip(names, pictures):
        write_image(tmp_path / name, picture)
    footage = open_footage(ImagesSource(str(tmp_path), tuple(names)))
    assert find_cuts(footage, 1, 22, _searched) == [12]


def test_the_search_ends_where_it_is_told_to(tmp_path: Path):
    footage = open_footage(MovieSource(str(make_clip(tmp_path / "clip.mp4", _pan(A, 20)))))
    seen: list[int] = []

    def stop(done: int, _total: int) -> None:
        seen.append(done)
        if done == 7:
            raise Stop

    with pytest.raises(Stop):
        find_cuts(footage, 1, 20, stop)
    assert seen == list(range(1, 8))


# --- no cuts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frames", [8, 24])
def test_a_dissolve_is_no_cut(tmp_path: Path, frames: int):
    a, b = _pan(A, 40), _pan(B, 40)
    mixed = [blend(a[15 + n], b[n], (n + 1) / (frames + 1)) for n in range(frames)]
    assert _cuts(tmp_path, [*a[:15], *mixed, *b[frames : frames + 15]]) == []


@pytest.mark.parametrize("color", [0, 255])
def test_a_fade_is_no_cut(tmp_path: Path, color: int):
    plain = np.full((SIZE[1], SIZE[0], 3), color, np.uint8)
    out = [blend(picture, plain, min(1.0, n / 12)) for n, picture in enumerate(_pan(A, 18))]
    back = [blend(plain, picture, min(1.0, n / 12)) for n, picture in enumerate(_pan(B, 18))]
    assert _cuts(tmp_path, [*_pan(A, 10), *out, *back]) == []


@pytest.mark.parametrize("light", [1.8, 3.0, 50.0])
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_flash_is_no_cut(tmp_path: Path, dog: list[Picture], light: float, frames: int):
    pictures = [lit(picture, light) if 18 <= n < 18 + frames else picture for n, picture in enumerate(dog)]
    assert _cuts(tmp_path, pictures) == []


def test_lightning_over_a_shaking_camera_is_no_cut(tmp_path: Path):
    pictures = _shake(A, 40, 0.4)
    for n in (12, 14, 15, 19, 27, 28):
        pictures[n] = lit(pictures[n], 4.0)
    assert _cuts(tmp_path, pictures) == []


def test_light_that_stays_on_is_no_cut(tmp_path: Path, dog: list[Picture]):
    pictures = [lit(picture, 0.35 if n < 20 else 1.0) for n, picture in enumerate(dog)]
    assert _cuts(tmp_path, pictures) == []


@pytest.mark.parametrize("step", [0.02, 0.05])
def test_a_fast_pan_is_no_cut(tmp_path: Path, step: float):
    """The camera stands, runs by 6 or 15 % of the picture's width a frame, and stands again."""
    run = _pan(A, 12, step)
    assert _cuts(tmp_path, [*[run[0]] * 12, *run, *[run[-1]] * 12]) == []


def test_a_shaking_camera_is_no_cut(tmp_path: Path):
    assert _cuts(tmp_path, _shake(B, 40)) == []


def test_real_handheld_footage_is_one_shot(tmp_path: Path, dog: list[Picture]):
    assert _cuts(tmp_path, [*dog, *dog[::-1]]) == []


@pytest.mark.parametrize("held", [2, 3, 4])
def test_frames_that_are_held_are_no_cuts(tmp_path: Path, held: int):
    """Animation on twos and threes: nothing moves, then much."""
    assert _cuts(tmp_path, [picture for picture in _pan(C, 14, 0.02) for _ in range(held)]) == []


def test_a_cut_after_a_flash_is_found(tmp_path: Path):
    pictures = [*_pan(A, 20), *_pan(B, 20)]
    pictures[14] = lit(pictures[14], 50.0)
    assert _cuts(tmp_path, pictures) == [21]


# --- told --------------------------------------------------------------------------------------------------------


def test_told_shots_begin_where_they_are_told_to():
    assert told_starts(range(10, 200), "49,120") == [49, 120]
    assert told_starts(range(10, 200), "off") == told_starts(range(10, 200), "auto") == []


@pytest.mark.parametrize("shots", ["9,49", "49,200"])
def test_a_told_shot_outside_of_the_frames_is_refused(shots: str):
    with pytest.raises(DepthError) as caught:
        told_starts(range(10, 200), shots)
    assert caught.value.code is ExitCode.BAD_INPUT
    assert "lies outside of the frames 10 to 199" in caught.value.message and caught.value.hint
