# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop: every frame comes out once, in order, with its own disparity, however late a model gives it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import cast

import numpy as np
import pytest

from depth_engine.contract import MovieSource, Options
from depth_engine.footage import Footage, Frame, open_footage
from depth_engine.inference.runner import BATCH, Shot, estimate_shot, shot_spec
from depth_engine.models.base import Disparity, EstimatorState, Model, Report, Stop, WindowProgress
from tests.depth_engine.oracle import Oracle, Recurrent, smooth
from tests.support.coded import read_index
from tests.support.movies import make_movie

FRAMES = 45


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return open_footage(MovieSource(str(make_movie(tmp_path_factory.mktemp("movie") / "m.mp4", frames=FRAMES))))


def _ignore(_: WindowProgress) -> None:
    pass


def _results(
    footage: Footage,
    numbers: range,
    model: Model,
    options: Options = Options(),  # noqa: B008  frozen
    progress: Report = _ignore,
    state: EstimatorState | None = None,
) -> Iterator[tuple[Frame, Disparity]]:
    estimator = model.open_shot(shot_spec(footage.facts, len(numbers), options))
    pushed, returned = 0, 0
    if state:
        estimator.restore(state)
        pushed, returned = state.pushed, state.returned
    shot = Shot(1, numbers)
    for some in estimate_shot(footage, shot, estimator, model.info.window, progress, pushed, returned):
        yield from some


@pytest.mark.parametrize("window", [1, 3, 4, 7, 45, 100])
def test_frames_and_disparity_stay_together(footage: Footage, window: int):
    model = Oracle(window=window)
    results = list(_results(footage, range(2, FRAMES, 2), model))
    assert [frame.number for frame, _ in results] == list(range(2, FRAMES, 2))
    for frame, disparity in results:
        assert read_index(frame.rgb) == frame.number - 1
        np.testing.assert_array_equal(disparity, smooth(frame.number))


@pytest.mark.parametrize("window", [4, 10])
def test_it_goes_on_from_a_state(footage: Footage, window: int):
    """A model that has seen more than it gave back gets only new frames, and the rest is paired with their guides."""
    numbers = range(1, FRAMES + 1)
    whole = list(_results(footage, numbers, Recurrent(window)))
    first = Recurrent(window).open_shot(shot_spec(footage.facts, FRAMES, Options()))
    given = [y for frame in footage.read(range(1, 21)) for y in first.push([frame], _ignore)]
    state = first.state()
    assert state.returned == len(given) < state.pushed == 20
    pushed: list[int] = []
    results = list(_results(footage, numbers, Recurrent(window, before_frame=pushed.append), state=state))
    assert pushed == list(range(21, FRAMES + 1))
    assert [frame.number for frame, _ in results] == list(range(len(given) + 1, FRAMES + 1))
    for (frame, disparity), (_, wanted) in zip(results, whole[len(given) :], strict=True):
        assert read_index(frame.rgb) == frame.number - 1
        np.testing.assert_array_equal(disparity, wanted)


@pytest.mark.parametrize("window", [1, 30])
def test_only_a_few_frames_are_in_memory_however_many_the_model_holds_back(footage: Footage, window: int):
    alive: set[int] = set()
    most = 0

    class Counted:
        facts = footage.facts

        def read(self, numbers: Iterable[int]) -> Iterator[Frame]:
            nonlocal most
            for frame in footage.read(numbers):
                weakref.finalize(frame.rgb, alive.discard, id(frame.rgb))
                alive.add(id(frame.rgb))
                most = max(most, len(alive))
                yield frame

    for _ in _results(cast(Footage, Counted()), range(1, FRAMES + 1), Oracle(window=window)):
        pass
    assert 0 < most <= 2 * (4 + BATCH)


def test_the_model_knows_the_shot_before_its_first_frame(footage: Footage):
    model = Oracle()
    list(_results(footage, range(5, 25), model, Options(max_size=100)))
    spec = model.specs[0]
    assert (spec.frame_count, spec.width, spec.height, spec.pixel_aspect, spec.max_size) == (20, 96, 64, 1.0, 100)


def test_stop_ends_the_loop_and_its_thread(footage: Footage):
    def stop(at: WindowProgress) -> None:
        if at.window == 4:
            raise Stop

    before = threading.active_count()
    seen: list[int] = []
    with pytest.raises(Stop):
        for frame, _ in _results(footage, range(1, FRAMES + 1), Oracle(window=5), progress=stop):
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
        list(_results(footage, range(1, 10), Forgetful(window=6)))
