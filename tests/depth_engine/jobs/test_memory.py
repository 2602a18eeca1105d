# SPDX-License-Identifier: GPL-3.0-or-later
"""When memory runs out on the way, a job goes on from its last checkpoint in a smaller way."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from depth_engine.contract import DepthError, Event, ExitCode, JobFolder, MovieSource, Resumed, WarningRaised
from depth_engine.jobs import run_job
from depth_engine.models import registry
from depth_engine.models.base import ExecutionPlan, ModelInfo, Precision, ShotSpec
from tests.depth_engine.oracle import Recurrent, make_job
from tests.support.movies import make_movie

FRAMES = 40
PLANS = (
    ExecutionPlan("fp32", "resident", device_bytes=3),
    ExecutionPlan("fp32", "swapped", device_bytes=2),
    ExecutionPlan("fp32", "offloaded", device_bytes=1),
)


class Hungry:
    """A model (a `models.base.ModelModule`) that runs out of memory at a frame, or while it is loaded (frame 0)."""

    INFO: ModelInfo = Recurrent().info

    def __init__(self, ends: dict[str, int], error: Callable[[], Exception] = torch.OutOfMemoryError) -> None:
        """ends: by residency, the frame at which memory ends."""
        self.ends = ends
        self.error = error
        self.loaded: list[tuple[str, str]] = []
        self.pushed: list[int] = []
        self._last: Callable[[], object] = lambda: None

    def processed_size(self, spec: ShotSpec) -> tuple[int, int]:
        return spec.width // 2, spec.height // 2

    disparity_size = processed_size

    def window_count(self, spec: ShotSpec) -> int:
        return 8

    def guess_seconds(self, spec: ShotSpec, device: str, weights: Path | None = None) -> float:
        return 0.1

    def execution_plans(
        self, spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
    ) -> tuple[ExecutionPlan, ...]:
        return PLANS

    def load(self, weights: Path | None, device: str, plan: ExecutionPlan) -> Recurrent:
        gc.collect()
        assert self._last() is None, "two models are in memory"
        self.loaded.append((device, plan.residency))
        end = self.ends.get(plan.residency)
        if end == 0:
            raise self.error()

        def eat(number: int) -> None:
            if number == end:
                raise self.error()
            self.pushed.append(number)

        model = Recurrent(before_frame=eat, plan=plan)
        self._last = weakref.ref(model)
        return model


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    path = make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=FRAMES, size=(48, 32))
    return MovieSource(str(path))


@pytest.fixture
def job(tmp_path: Path, movie: MovieSource) -> JobFolder:
    return make_job(JobFolder(tmp_path / "clip.depth"), movie, model="recurrent", device="cpu", shots="21")


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[[Hungry], Hungry]:
    def registered(model: Hungry) -> Hungry:
        monkeypatch.setitem(registry.MODELS, "recurrent", model)  # type: ignore[arg-type]
        return model

    return registered


def _depth(job: JobFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in job.path.glob("depth/*.exr")}


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError,
        MemoryError,
        lambda: RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory"),
    ],
)
def test_it_goes_on_in_the_next_smaller_way(
    job: JobFolder, tmp_path: Path, movie: MovieSource, register: Any, error: Callable[[], Exception]
):
    model = register(Hungry({"resident": 30}, error))
    events: list[Event] = []
    manifest = run_job(job, events.append)
    assert model.loaded == [("cpu", "resident"), ("cpu", "swapped")]
    assert model.pushed == [*range(1, 30), *range(29, FRAMES + 1)]  # the window that 28 ended was safe
    assert [(e.first, e.description) for e in manifest.executions] == [
        (1, PLANS[0].describe()),
        (26, PLANS[1].describe()),
    ]
    assert (
        manifest.warnings
        == (f"Memory ran out: from frame 26 on the model runs with {PLANS[1].describe()}.",)
        == tuple(event.message for event in events if isinstance(event, WarningRaised))
    )
    whole = make_job(JobFolder(tmp_path / "whole.depth"), movie, shots="21")
    run_job(whole, model=Recurrent())
    assert _depth(job) == _depth(whole)


def test_it_goes_down_as_far_as_it_must(job: JobFolder, register: Any):
    model = register(Hungry({"resident": 0, "swapped": 3}))
    manifest = run_job(job)
    assert [residency for _, residency in model.loaded] == ["resident", "swapped", "offloaded"]
    assert [(e.first, e.description) for e in manifest.executions] == [(1, PLANS[2].describe())]
    assert len(manifest.warnings) == 2


def test_when_no_smaller_way_is_left_it_fails_and_can_go_on_later(job: JobFolder, register: Any):
    register(Hungry({"resident": 30, "swapped": 33, "offloaded": 33}))
    with pytest.raises(DepthError) as caught:
        run_job(job)
    assert caught.value.code is ExitCode.OUT_OF_MEMORY and caught.value.hint
    model = register(Hungry({}))
    events: list[Event] = []
    manifest = run_job(job, events.append)
    assert any(isinstance(event, Resumed) for event in events)
    assert model.loaded == [("cpu", "resident")] and model.pushed[0] == 29
    assert len(manifest.frames) == FRAMES


def test_a_job_goes_on_in_the_way_of_its_checkpoint(job: JobFolder, register: Any):
    def fail() -> Exception:
        return ZeroDivisionError("broken off")

    model = register(Hungry({"resident": 4, "swapped": 39}))
    attempts = iter([torch.OutOfMemoryError, fail])
    model.error = lambda: next(attempts)()
    with pytest.raises(DepthError, match="broken off"):
        run_job(job)
    later = register(Hungry({}))
    manifest = run_job(job)
    assert later.loaded == [("cpu", "swapped")]
    assert [(e.first, e.description) for e in manifest.executions] == [(1, PLANS[1].describe())]


def test_a_device_that_is_gone_is_named(job: JobFolder, register: Any, monkeypatch: pytest.MonkeyPatch):
    register(Hungry({"resident": 30}, lambda: ZeroDivisionError("broken off")))
    with pytest.raises(DepthError, match="broken off"):
        run_job(job)
    monkeypatch.setattr("depth_engine.inference.device.devices", lambda: ["cuda:7"])
    with pytest.raises(DepthError) as caught:
        run_job(job)
    assert caught.value.code is ExitCode.NO_DEVICE and "begun on cpu" in caught.value.message
    assert job.checkpoint_file.exists()
