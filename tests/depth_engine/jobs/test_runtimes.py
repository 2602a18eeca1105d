# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs in other runtimes than torch: wanted, measured, taken up again, and given up where they fail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from depth_engine.contract import DepthError, ExitCode, JobFolder, Manifest, MovieSource, Options
from depth_engine.footage import open_footage
from depth_engine.inference import measuring
from depth_engine.inference.measuring import SAMPLES, pays
from depth_engine.inference.runtimes import Measured, Run, known, machine, remember, work_of
from depth_engine.jobs import run_job
from depth_engine.jobs.checkpoint import Checkpoint, CheckpointFile
from depth_engine.runtimes import Runtime, RuntimeUnavailable, graphs
from tests.depth_engine.jobs.same import assert_same
from tests.depth_engine.models.depth_anything.published import make_weights
from tests.depth_engine.oracle import make_job
from tests.support.movies import make_movie

FRAMES = 36
SIZE = (64, 42)
RUNS: dict[Runtime, Run] = {
    "torch": Run("cpu", "fp32"),
    "openvino": Run("cpu", "fp32", "openvino"),
    "onnx": Run("cpu", "fp32", "onnx"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its exports are shared by the tests of this file."""
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(autouse=True)
def shared_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is measured yet, and processors have no bfloat16."""
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(home))
    monkeypatch.setattr("torch.cpu.get_capabilities", dict)
    for name in ("runtimes.json", "timings.json"):
        (home / name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    return MovieSource(str(make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=FRAMES, size=SIZE)))


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    weights = make_weights(tmp_path_factory.mktemp("weights"))
    return {"model": "depth_anything_v2_small", "weights": str(weights), "device": "cpu", "shots": "off"}


def job(folder: Path, movie: MovieSource, options: dict[str, Any], **changes: Any) -> JobFolder:
    return make_job(JobFolder(folder), movie, **options | changes)


def know(movie: MovieSource, options: dict[str, Any], seconds: dict[Runtime, float]) -> None:
    work = work_of(Options(**options), open_footage(movie).facts, FRAMES)
    for runtime, each in seconds.items():
        remember(Measured(work, RUNS[runtime], machine(), each, 0.0))


def executions(manifest: Manifest) -> list[tuple[int, str]]:
    return [(each.first, each.description.partition(",")[0]) for each in manifest.executions]


@pytest.mark.parametrize("runtime", ["openvino", "onnx"])
def test_a_wanted_runtime_computes_and_the_manifest_says_so(
    tmp_path: Path, movie: MovieSource, options: dict[str, Any], runtime: Runtime
) -> None:
    manifest = run_job(job(tmp_path / "clip.depth", movie, options, runtime=runtime, frames=(1, 3)))
    title = {"openvino": "OpenVINO", "onnx": "ONNX Runtime"}[runtime]
    assert executions(manifest) == [(1, f"fp32 in {title}")]
    assert manifest.options.runtime == runtime and manifest.warnings == ()


def test_a_short_job_runs_in_torch_and_measures_nothing(
    tmp_path: Path, movie: MovieSource, options: dict[str, Any]
) -> None:
    assert executions(run_job(job(tmp_path / "clip.depth", movie, options))) == [(1, "fp32")]
    assert known() == []


def test_what_was_measured_to_be_quickest_computes(tmp_path: Path, movie: MovieSource, options: dict[str, Any]) -> None:
    know(movie, options, {"torch": 0.3, "openvino": 0.2, "onnx": 0.1})
    assert executions(run_job(job(tmp_path / "clip.depth", movie, options))) == [(1, "fp32 in ONNX Runtime")]


def test_a_long_job_measures_once_and_remembers(
    tmp_path: Path, movie: MovieSource, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "pays", lambda *_: True)
    first = run_job(job(tmp_path / "first.depth", movie, options))
    found = known()
    assert [each.run for each in found] == [*RUNS.values()]
    assert all(each.seconds > 0 and each.startup > 0 and not each.failure for each in found)
    assert first.warnings == ()
    monkeypatch.setattr(measuring, "measure", lambda *_: pytest.fail("measured again"))
    second = run_job(job(tmp_path / "second.depth", movie, options))
    assert executions(second) == executions(first)


def test_measuring_pays_only_where_it_takes_less_than_it_may_save() -> None:
    assert not pays(0.4, 100, SAMPLES, 3)
    assert pays(0.4, 1000, SAMPLES, 3)
    assert not pays(0.4, 1000, 200, 3)


def fail(*_: object) -> None:
    raise RuntimeUnavailable("It cannot be exported.")


def forget_exports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path))
    monkeypatch.setattr(graphs, "export", fail)


def test_a_runtime_that_fails_when_measured_is_told_once_and_remembered(
    tmp_path: Path, movie: MovieSource, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_exports(monkeypatch, tmp_path)
    monkeypatch.setattr(measuring, "pays", lambda *_: True)
    first = run_job(job(tmp_path / "first.depth", movie, options))
    assert executions(first) == [(1, "fp32")]
    assert [each.failure for each in known()] == ["", "It cannot be exported.", "It cannot be exported."]
    assert len(first.warnings) == 2 and all("It cannot be exported." in each for each in first.warnings)
    assert run_job(job(tmp_path / "second.depth", movie, options)).warnings == ()


def test_a_chosen_runtime_that_fails_gives_way_to_torch_with_a_warning(
    tmp_path: Path, movie: MovieSource, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_exports(monkeypatch, tmp_path)
    know(movie, options, {"torch": 0.3, "openvino": 0.1})
    manifest = run_job(job(tmp_path / "clip.depth", movie, options))
    assert executions(manifest) == [(1, "fp32")]
    (warning,) = manifest.warnings
    assert warning.startswith("It cannot be exported: from frame 1 on the model runs with fp32")


def test_a_wanted_runtime_that_fails_ends_the_job(
    tmp_path: Path, movie: MovieSource, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_exports(monkeypatch, tmp_path)
    with pytest.raises(DepthError) as caught:
        run_job(job(tmp_path / "clip.depth", movie, options, runtime="onnx"))
    assert caught.value.code is ExitCode.NO_RUNTIME and "--runtime torch" in caught.value.hint


@pytest.mark.parametrize("runtime", ["openvino", "onnx"])
def test_a_job_goes_on_in_its_runtime_bit_for_bit(
    tmp_path: Path, movie: MovieSource, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch, runtime: Runtime
) -> None:
    """The runtime was chosen by measurements that nobody remembers any more when it goes on."""
    write = CheckpointFile.write

    def write_and_break_off(self: CheckpointFile, checkpoint: Checkpoint) -> None:
        write(self, checkpoint)
        if checkpoint.written.frames:
            raise ZeroDivisionError("broken off")

    know(movie, options, {"torch": 0.3, runtime: 0.1})
    whole = job(tmp_path / "whole.depth", movie, options)
    run_job(whole)
    broken = job(tmp_path / "clip.depth", movie, options)
    with monkeypatch.context() as patch, pytest.raises(DepthError, match="broken off"):
        patch.setattr(CheckpointFile, "write", write_and_break_off)
        run_job(broken)
    know(movie, options, {"torch": 0.01})
    computed = count_frames(monkeypatch)
    manifest = run_job(broken)
    assert 0 < len(computed) < FRAMES
    assert executions(manifest)[0][1] != "fp32"
    assert_same(broken, whole)


def count_frames(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The frames that a per-frame model computes from now on."""
    from depth_engine.models.per_frame import PerFrameEstimator

    push, seen = PerFrameEstimator.push, []

    def counted(self: PerFrameEstimator, frames: Sequence[Any], progress: Any) -> Any:
        seen.extend(frame.number for frame in frames)
        return push(self, frames, progress)

    monkeypatch.setattr(PerFrameEstimator, "push", counted)
    return seen
