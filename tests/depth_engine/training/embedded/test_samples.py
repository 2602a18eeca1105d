# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples: the same numbers give the same one, pictures and depth stay together, clips and views are told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from depth_engine.training.embedded.augment import Crop, draw_crop, draw_look
from depth_engine.training.embedded.recipe import Rates, Stage
from depth_engine.training.embedded.samples import Samples, to_and_fro
from depth_engine.training.synthetic.clips import read_split


def stage(frames: int, every: int = 1) -> Stage:
    return Stage("any", 1, 1, ((56, 28), (28, 42)), Rates(head=1.0), frames=frames, every=every)


def test_a_sample_follows_from_its_numbers(scenes: Path) -> None:
    clips = read_split(scenes, "train")
    first, again = (Samples(clips, stage(3), seed=4) for _ in range(2))
    one, same, other = first.drawn(1, 2, (56, 28)), again.drawn(1, 2, (56, 28)), first.drawn(1, 3, (56, 28))
    assert one.pictures.shape == (3, 28, 56, 3) and one.disparity.shape == (3, 28, 56)
    assert np.array_equal(one.pictures, same.pictures) and np.array_equal(one.disparity, same.disparity)
    assert not np.array_equal(one.pictures, other.pictures)
    assert first.size(0, 0) == again.size(0, 0)
    assert {first.size(number, 0) for number in range(len(first))} == {(56, 28), (28, 42)}


def test_views_make_samples_of_one_frame_only(scenes: Path) -> None:
    clips = read_split(scenes, "train")  # two clips and one folder of views, of 6 frames each
    assert len(Samples(clips, stage(1, every=3), 0)) == 2 + 2 + 6
    assert len(Samples(clips, stage(4, every=3), 0)) == 2 + 2


def test_time_turns_round_at_the_ends_of_a_clip() -> None:
    assert to_and_fro(4, 1, 1, 8) == [1, 2, 3, 2, 1, 0, 1, 2]
    assert to_and_fro(4, 0, 2, 4) == [0, 2, 2, 0]
    assert to_and_fro(1, 0, 1, 2) == [0, 0]


def test_a_crop_takes_the_same_part_of_picture_and_depth() -> None:
    values = np.arange(20 * 40).reshape(20, 40)
    rgb = np.repeat((values % 256).astype(np.uint8)[..., None], 3, axis=2)
    crop = Crop(left=5, top=3, width=28, height=14, size=(28, 14), mirrored=True)
    assert np.array_equal(crop.picture(rgb)[..., 0], (values[3:17, 5:33] % 256)[:, ::-1])
    assert np.array_equal(crop.disparity(values.astype(np.float32)), values[3:17, 5:33][:, ::-1])
    random = np.random.default_rng(0)
    for size in ((56, 28), (28, 56)):
        for _ in range(20):
            drawn = draw_crop(40, 20, size, random)
            assert 0 <= drawn.left <= 40 - drawn.width and 0 <= drawn.top <= 20 - drawn.height
            assert abs(drawn.width / drawn.height - size[0] / size[1]) < 0.2


def test_looks_differ_and_keep_the_picture() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (28, 56, 3), np.uint8)
    random = np.random.default_rng(0)
    seen = [draw_look(random)(picture, random) for _ in range(80)]
    assert all(each.shape == picture.shape and each.dtype == np.uint8 for each in seen)
    assert len({each.tobytes() for each in seen}) == 80
    assert any(np.ptp(each.astype(int), axis=2).max() == 0 for each in seen)  # grey, now and then
