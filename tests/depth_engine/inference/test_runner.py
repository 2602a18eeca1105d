# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop: every frame comes out once, in order, with its own disparity, however late a model gives it."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from depth_engine.contract import MovieSource, Options
from depth_engine.footage import Footage, open_footage
from depth_engine.inference.runner import BATCH, Shot, estimate_shot
from depth_engine.models.base import Disparity, Report, Stop, WindowProgress
from tests.depth_engine.oracle import Oracle, smooth
from tests.support.coded import read_index
from tests.support.movies import make_movie

FRAMES = 45


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return open_footage(MovieSource(str(make_movie(tmp_path_factory.mktemp("movie") / "m.mp4", frames=FRAMES))))


def _ignore(_: WindowProgress) -> None:
    pass


@pytest.mark.parametrize("window", [1, 3, 4, 7, 45, 100])
def test_frames_and_disparity_stay_together(footage: Footage, window: int):
    model = Oracle(window=window)
    results = list(estimate_shot(footage, Shot(1, range(2, FRAMES, 2)), model, Options(max_size=518), _ignore))
    assert [frame.number for frame, _ in results] == list(range(2, FRAMES, 2))
    for frame, disparity in results:
        assert read_index(frame.rgb) == frame.number - 1
        np.testing.assert_array_equal(disparity, smooth(frame.number))


@pytest.mark.parametrize("window", [1, 10])
def test_no_more_frames_wait_than_the_model_holds_back(footage: Footage, window: int):
    model = Oracle(window=window)
    for _ in estimate_shot(footage, Shot(1, range(1, FRAMES + 1)), model, Options(), _ignore):
        pass
    assert model.most_held_back <= window + BATCH


def test_the_model_knows_the_shot_before_its_first_frame(footage: Footage):
    model = Oracle()
    list(estimate_shot(footage, Shot(1, range(5, 25)), model, Options(max_size=100), _ignore))
    spec = model.specs[0]
    assert (spec.frame_count, spec.width, spec.height, spec.pixel_aspect, spec.max_size) == (20, 96, 64, 1.0, 100)


def test_stop_ends_the_loop_and_its_thread(footage: Footage):
    def stop(at: WindowProgress) -> None:
        if at.window == 4:
            raise Stop

    before = threading.active_count()
    seen: list[int] = []
    with pytest.raises(Stop):
        for frame, _ in estimate_shot(footage, Shot(1, range(1, FRAMES + 1)), Oracle(window=5), Options(), stop):
            seen.append(frame.number)
    assert seen == list(range(1, 16))
    assert threading.active_count() == before


def test_a_model_that_loses_frames_is_found_out(footage: Footage):
    class Forgetful(Oracle):
        def open_shot(self, spec):
            shot = super().open_shot(spec)
            shot.finish = _nothing
            return shot

    def _nothing(_: Report) -> list[Disparity]:
        return []

    with pytest.raises(RuntimeError, match="did not return every frame"):
        list(estimate_shot(footage, Shot(1, range(1, 10)), Forgetful(window=6), Options(), _ignore))
