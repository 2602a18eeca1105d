# SPDX-License-Identifier: GPL-3.0-or-later
"""A job over several shots: windows and ranges of one never touch another."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from depth_engine.contract import (
    Cancelled,
    DepthError,
    Event,
    ExitCode,
    JobFolder,
    MovieSource,
    Options,
    PhaseChanged,
    Progress,
)
from depth_engine.inference.planner import plan_source
from depth_engine.jobs import run_job
from depth_engine.models.base import Disparity
from depth_engine.outputs.exr import read_exr
from depth_engine.outputs.preview import colored
from tests.depth_engine.oracle import Oracle, make_job, smooth
from tests.support.scenes import SIZE, Scene, make_clip

STARTS = (1, 41, 55)
FRAMES = 80
SHOTS = [(1, 40), (41, 54), (55, 80)]


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    """Three scenes, cut at STARTS, the camera moving."""
    pictures = [
        scene.view(0.1 + 0.005 * n)
        for scene, start, end in zip(map(Scene, (1, 2, 3)), STARTS, (*STARTS[1:], FRAMES + 1))
        for n in range(end - start)
    ]
    return MovieSource(str(make_clip(tmp_path_factory.mktemp("movie") / "clip.mp4", pictures)))


@pytest.fixture
def job(tmp_path: Path) -> JobFolder:
    return JobFolder(tmp_path / "clip.depth")


def _answer(number: int) -> Disparity:
    """Each shot of another scale, far from the others'."""
    return smooth(number, SIZE) + 100 * sum(number >= start for start in STARTS)


def test_every_shot_has_its_own_range(job: JobFolder, movie: MovieSource):
    manifest = run_job(make_job(job, movie, format=("exr32", "png16", "npz")), model=Oracle(_answer, window=7))
    assert [(shot.first, shot.last) for shot in manifest.shots] == SHOTS
    for shot in manifest.shots:
        values = np.stack([_answer(number) for number in range(shot.first, shot.last + 1)])
        width = (shot.max - shot.min) / 65535
        assert (shot.min, shot.max) == (float(values.min()), float(values.max()))
        assert np.percentile(values, [1, 99]) == pytest.approx([shot.p1, shot.p99], abs=4 * width)
        for number in (shot.first, shot.last):
            grey = cv2.imread(str(job.path / manifest.depth["png16"].file(number)), cv2.IMREAD_UNCHANGED)
            np.testing.assert_allclose(shot.min + grey * width, values[number - shot.first], atol=0.51 * width)


def test_the_files_of_all_shots_make_one_sequence(job: JobFolder, movie: MovieSource):
    manifest = run_job(make_job(job, movie, format=("exr32", "npz")), model=Oracle(_answer, window=7))
    for number in range(1, FRAMES + 1):
        np.testing.assert_array_equal(read_exr(job.path / manifest.depth["exr32"].file(number)), _answer(number))
        np.testing.assert_array_equal(read_exr(job.path / manifest.proxy_depth.file(number)), _answer(number))
    assert [Path(part).name for part in manifest.npz] == ["clip.000001-000064.npz", "clip.000065-000080.npz"]
    first = 1
    for part in manifest.npz:  # a part goes on across a cut
        with np.load(job.path / part, allow_pickle=False) as arrays:
            numbers = arrays["frame_numbers"]
            assert numbers.tolist() == list(range(first, first + len(numbers)))
            np.testing.assert_array_equal(arrays["disparity"], [_answer(number) for number in numbers.tolist()])
            first += len(numbers)


def test_the_preview_runs_through_in_the_colours_of_each_shot(job: JobFolder, movie: MovieSource):
    manifest = run_job(make_job(job, movie), model=Oracle(_answer))
    with av.open(str(job.path / (manifest.preview or ""))) as preview:
        shown = [frame.to_ndarray(format="rgb24") for frame in preview.decode(video=0)]
    assert len(shown) == FRAMES
    for shot, number in itertools.product(manifest.shots, (0, 5)):
        wanted = colored(_answer(shot.first + number), shot.p1, shot.p99, "inferno")
        assert np.abs(shown[shot.first + number - 1].astype(int) - wanted).mean() < 12


def test_windows_never_cross_a_cut(job: JobFolder, movie: MovieSource):
    oracle = Oracle(window=10)
    seen: list[Event] = []
    run_job(make_job(job, movie), seen.append, oracle)
    assert [(spec.start, spec.frame_count) for spec in oracle.specs] == [(0, 40), (40, 14), (54, 26)]
    estimating = [event for event in seen if isinstance(event, Progress) and event.phase == "estimating"]
    told = {(event.shot, event.shots, event.windows) for event in estimating}
    assert told <= {(1, 3, 1), (2, 3, 1), (3, 3, 1), (1, 3, 4), (2, 3, 2), (3, 3, 3)} and (3, 3, 3) in told
    assert {event.window_frames for event in estimating} == {10}


def test_one_shot_where_cuts_are_not_wanted(job: JobFolder, movie: MovieSource):
    seen: list[Event] = []
    manifest = run_job(make_job(job, movie, shots="off"), seen.append, Oracle())
    assert [(shot.first, shot.last) for shot in manifest.shots] == [(1, FRAMES)]
    assert "cuts" not in [event.phase for event in seen if isinstance(event, PhaseChanged)]


@pytest.mark.parametrize(
    ("options", "shots"),
    [
        ({"shots": "2,3,79"}, [(1, 1), (2, 2), (3, 78), (79, 80)]),
        ({"shots": "1,30"}, [(1, 29), (30, 80)]),
        ({"shots": "30", "frames": (25, 35)}, [(25, 29), (30, 35)]),
        ({"frames": (20, 60)}, [(20, 40), (41, 54), (55, 60)]),
        ({"step": 9}, [(1, 37), (46, 46), (55, 73)]),  # every frame is searched, the 9th ones are computed
        ({"step": 30}, [(1, 31), (61, 61)]),  # no frame of the second shot is computed
        ({"fps": "2.4", "shots": "12,13,42"}, [(1, 11), (21, 41), (51, 71)]),
    ],
)
def test_shots_of_the_frames_that_are_computed(
    job: JobFolder, movie: MovieSource, options: dict[str, object], shots: list[tuple[int, int]]
):
    oracle = Oracle(_answer, window=4)
    manifest = run_job(make_job(job, movie, format=("exr32", "png16", "npz"), **options), model=oracle)
    assert [(shot.first, shot.last) for shot in manifest.shots] == shots
    counts = [spec.frame_count for spec in oracle.specs]
    assert sum(counts) == len(manifest.frames)
    assert [spec.start for spec in oracle.specs] == [0, *itertools.accumulate(counts)][:-1]


@pytest.mark.parametrize(("shots", "windows"), [("auto", 1), ("off", 1), ("41,55", 3)])
def test_a_plan_counts_the_windows_of_told_shots(tmp_path: Path, movie: MovieSource, shots: str, windows: int):
    options = Options(model="depthcrafter", device="cpu", shots=shots)
    assert plan_source(movie, options, tmp_path).windows == windows


def test_a_told_shot_outside_of_the_frames_is_refused_by_plan_and_job(
    tmp_path: Path, job: JobFolder, movie: MovieSource
):
    with pytest.raises(DepthError) as planned:
        plan_source(movie, Options(shots="30,81"), tmp_path)
    with pytest.raises(DepthError) as ran:
        run_job(make_job(job, movie, shots="30,81"), model=Oracle(before_frame=lambda _: pytest.fail("it began")))
    for caught in (planned.value, ran.value):
        assert caught.code is ExitCode.BAD_INPUT
        assert caught.message == "The shot at frame 81 lies outside of the frames 1 to 80."


def test_a_job_can_be_cancelled_while_cuts_are_searched(job: JobFolder, movie: MovieSource):
    seen: list[Event] = []

    def cancel(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Progress) and event.phase == "cuts":
            job.request_cancel()
            time.sleep(0.5)  # it is noticed meanwhile

    with pytest.raises(DepthError) as caught:
        run_job(make_job(job, movie), cancel, Oracle(before_frame=lambda _: pytest.fail("it began")))
    assert caught.value.code is ExitCode.CANCELLED
    assert isinstance(seen[-1], Cancelled) and seen[-1].frames_done == 0
    assert not list(job.path.glob("*/*")) and job.read_manifest() is None
    searched = [event for event in seen if isinstance(event, Progress)]
    assert searched and all(event.steps == FRAMES and event.step < FRAMES for event in searched)
