# SPDX-License-Identifier: GPL-3.0-or-later
"""A job goes on where it stood, with what it was begun with, or says why it cannot."""

from __future__ import annotations

import dataclasses
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from depth_engine.contract import (
    Cancelled,
    DepthError,
    Event,
    ExitCode,
    ImagesSource,
    JobFolder,
    MovieSource,
    Options,
    Progress,
    Resumed,
    Started,
    WarningRaised,
)
from depth_engine.jobs import run_job
from depth_engine.jobs.checkpoint import CheckpointFile
from depth_engine.models.base import ExecutionPlan
from depth_engine.outputs.png16 import write_png16
from tests.depth_engine.jobs.same import assert_same
from tests.depth_engine.oracle import Oracle, Recurrent, make_job
from tests.support.images import make_images
from tests.support.movies import make_movie

ROOT = Path(__file__).resolve().parents[3]
LIMIT_SECONDS = 60
FRAMES = 40
OPTIONS: dict[str, Any] = {"shots": "21", "format": ("exr16", "png16", "npz")}


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> MovieSource:
    path = make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=FRAMES, size=(48, 32))
    return MovieSource(str(path))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, movie: MovieSource) -> JobFolder:
    job = make_job(JobFolder(tmp_path_factory.mktemp("whole")), movie, **OPTIONS)
    run_job(job, model=Recurrent())
    return job


@pytest.fixture
def job(tmp_path: Path, movie: MovieSource) -> JobFolder:
    return make_job(JobFolder(tmp_path / "clip.depth"), movie, **OPTIONS)


def _at(number: int, action: Callable[[], object]) -> Callable[[int], None]:
    return lambda current: action() and None if current == number else None


def _fail() -> None:
    raise ZeroDivisionError("broken off")


def _broken_off(job: JobFolder, number: int = 30) -> JobFolder:
    with pytest.raises(DepthError, match="broken off"):
        run_job(job, model=Recurrent(before_frame=_at(number, _fail)))
    assert job.checkpoint_file.exists()
    return job


def _refusal(job: JobFolder, model: Recurrent | None = None) -> str:
    before = job.checkpoint_file.read_bytes()
    with pytest.raises(DepthError) as caught:
        run_job(job, model=model or Recurrent())
    assert caught.value.code is ExitCode.CANNOT_RESUME
    message = caught.value.message
    assert message.count("\n") == 0 and message.endswith(".") and "--restart" in caught.value.hint
    assert job.checkpoint_file.read_bytes() == before
    return message


# --- going on ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [9, 20, 21, 30, 40])
def test_it_goes_on_after_a_failure(job: JobFolder, whole: JobFolder, number: int):
    _broken_off(job, number)
    seen: list[int] = []
    run_job(job, model=Recurrent(before_frame=seen.append))
    assert seen[0] > number - Recurrent().info.window and seen == list(range(seen[0], FRAMES + 1))
    assert_same(job, whole)


def test_a_job_that_goes_on_says_so(job: JobFolder):
    _broken_off(job, 30)
    events: list[Event] = []
    run_job(job, events.append, Recurrent())
    started = next(at for at, event in enumerate(events) if isinstance(event, Started))
    resumed = events[started + 1]
    assert isinstance(resumed, Resumed) and resumed.next_frame == resumed.frames_done + 1
    progress = [event for event in events if isinstance(event, Progress)]
    assert progress[0].frames_done == resumed.frames_done >= 20
    assert (progress[-1].frames_done, progress[-1].shots) == (FRAMES, 2)


def test_nothing_is_computed_again_once_all_frames_are_there(
    job: JobFolder, whole: JobFolder, monkeypatch: pytest.MonkeyPatch
):
    """The last shot was being finished."""

    def broken_off(path: Path, *values: Any) -> None:
        path.write_bytes(b"half a picture") if f"{FRAMES:06}" in path.name else write_png16(path, *values)
        _at(FRAMES, _fail)(int(path.name.split(".")[1]))

    monkeypatch.setattr("depth_engine.outputs.writer.write_png16", broken_off)
    with pytest.raises(DepthError, match="broken off"):
        run_job(job, model=Recurrent())
    monkeypatch.undo()
    events: list[Event] = []
    run_job(job, events.append, Recurrent(before_frame=lambda _: pytest.fail("it was")))
    assert any(isinstance(event, Resumed) and event.next_frame is None for event in events)
    assert_same(job, whole)


def test_a_model_without_windows_loses_at_most_32_frames(tmp_path: Path, movie: MovieSource):
    job = make_job(JobFolder(tmp_path / "clip.depth"), movie, shots="off")
    with pytest.raises(DepthError):
        run_job(job, model=Oracle(before_frame=_at(38, _fail)))
    seen: list[int] = []
    run_job(job, model=Oracle(before_frame=seen.append))
    assert seen == list(range(33, FRAMES + 1))


def test_the_seams_of_all_shots_are_told_with_their_frames_numbers(whole: JobFolder):
    """Windows of 8 frames that share 3, twice in 20 frames and once more in part."""
    manifest = whole.read_manifest()
    assert manifest
    assert [(seam.first, seam.last) for seam in manifest.seams] == [
        *((6, 8), (11, 13), (16, 18)),
        *((26, 28), (31, 33), (36, 38)),
    ]
    assert [(execution.first, execution.description) for execution in manifest.executions] == [
        (1, Recurrent().plan.describe())
    ]


@pytest.mark.parametrize("how", ["file", "signal"])
def test_a_cancelled_job_goes_on(job: JobFolder, whole: JobFolder, how: str):
    command = [sys.executable, "-m", "tests.depth_engine.jobs.oracle_job", str(job.path), "recurrent", "0.02"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + LIMIT_SECONDS
        while not job.checkpoint_file.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        if how == "file":
            job.request_cancel()
        else:
            process.terminate()
        assert process.wait(LIMIT_SECONDS) == ExitCode.CANCELLED
    assert isinstance(list(job.read_events())[-1], Cancelled) and job.checkpoint_file.exists()
    run_job(job, model=Recurrent())
    assert_same(job, whole)


@pytest.mark.parametrize("full_at", ["clip.000030.exr", "clip.000012.png", "state.safetensors", "clip.mp4", ".raw"])
def test_a_full_disk_leaves_the_last_checkpoint(
    job: JobFolder, whole: JobFolder, monkeypatch: pytest.MonkeyPatch, full_at: str
):
    replace, count = Path.replace, 0

    def full(path: Path, target: Path) -> Path:
        nonlocal count
        count += full_at in target.name
        if count == (3 if full_at.startswith("state") else 1):
            raise OSError(28, "No space left on device")
        return replace(path, target)

    def raw_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if full_at == ".raw":
        monkeypatch.setattr("depth_engine.outputs.npz.shutil.copyfileobj", raw_full)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DepthError) as caught:
        run_job(job, model=Recurrent())
    assert caught.value.code is ExitCode.DISK_FULL and not list(job.path.rglob("*.part"))
    monkeypatch.undo()
    assert job.checkpoint_file.exists()
    run_job(job, model=Recurrent())
    assert_same(job, whole)


# --- beginning anew ----------------------------------------------------------------------------------------------


def test_restart_begins_anew(job: JobFolder, whole: JobFolder):
    _broken_off(job)
    seen: list[int] = []
    run_job(job, model=Recurrent(before_frame=seen.append), restart=True)
    assert seen == list(range(1, FRAMES + 1))
    assert_same(job, whole)


def test_restart_helps_where_the_options_have_changed(job: JobFolder, movie: MovieSource):
    _broken_off(job)
    make_job(job, movie, format=("exr32",), shots="off")
    _refusal(job)
    manifest = run_job(job, model=Recurrent(), restart=True)
    assert len(manifest.shots) == 1 and not (job.path / "png16").exists()


# --- refusals ----------------------------------------------------------------------------------------------------

CHANGES: dict[str, Any] = {
    "model": "other",
    "weights": "/weights",
    "device": "cpu",
    "precision": "fp32",
    "frames": (1, 39),
    "step": 2,
    "fps": "12",
    "max_size": 40,
    "output_size": "24",
    "format": ("exr16",),
    "preview": False,
    "colormap": "gray",
    "shots": "22",
    "seed": 1,
    "noise": "/noise.safetensors",
    "steps": 3,
    "guidance": 1.5,
    "window": 20,
    "overlap": 2,
    "decode_chunk": 4,
    "compat": "reference",
    "streaming": True,
    "ensemble": 3,
    "stabilise": True,
    "runtime": "torch",
    "allow_smaller": True,
}


def test_any_changed_option_is_named(job: JobFolder, movie: MovieSource):
    assert set(CHANGES) == {field.name for field in dataclasses.fields(Options)}
    _broken_off(job)
    for name, value in CHANGES.items():
        make_job(job, movie, **{**OPTIONS, name: value})
        assert f"option {name} " in _refusal(job)


def test_changed_footage_is_noticed(tmp_path: Path, movie: MovieSource):
    own = make_movie(tmp_path / "clip.mp4", frames=FRAMES, size=(48, 32))
    job = _broken_off(make_job(JobFolder(tmp_path / "clip.depth"), MovieSource(str(own)), **OPTIONS))
    make_job(job, movie, **OPTIONS)
    assert f"now {movie.path}" in _refusal(job)
    make_job(job, MovieSource(str(own)), **OPTIONS)
    make_movie(own, frames=FRAMES, size=(48, 32), first_index=1)
    assert f"footage {own} has changed" in _refusal(job)


def test_a_changed_image_of_the_same_size_in_bytes_is_noticed(tmp_path: Path):
    files = make_images(tmp_path / "plate", frames=20, pattern="a.####.png", size=(48, 32))
    source = ImagesSource(str(tmp_path / "plate"), tuple(file.name for file in files))
    job = _broken_off(make_job(JobFolder(tmp_path / "clip.depth"), source), 15)
    data = bytearray(files[3].read_bytes())
    data[-20] ^= 1
    files[3].write_bytes(data)
    assert "has changed" in _refusal(job)


def test_another_model_is_noticed(job: JobFolder):
    _broken_off(job)
    other = Recurrent()
    other.weights = "others"
    assert "weights" in _refusal(job, other)
    assert "another way" in _refusal(job, Recurrent(plan=ExecutionPlan("bf16")))


def test_a_missing_file_of_a_finished_frame_is_noticed(job: JobFolder):
    _broken_off(job)
    (job.path / "proxy" / "depth.000003.exr").unlink()
    assert "depth.000003.exr is missing" in _refusal(job)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"{}",
        lambda data: data[:-10],
        lambda data: data[: len(data) // 2],
        lambda data: data + b"more",
        lambda data: b"\xff" * len(data),
    ],
)
def test_a_damaged_checkpoint_is_refused(job: JobFolder, damage: Callable[[bytes], bytes]):
    _broken_off(job)
    job.checkpoint_file.write_bytes(damage(job.checkpoint_file.read_bytes()))
    assert "cannot be read" in _refusal(job)


def test_not_a_bit_of_a_checkpoint_may_change(job: JobFolder):
    _broken_off(job)
    data = job.checkpoint_file.read_bytes()
    bits = random.Random(5)
    for _ in range(200):
        changed = bytearray(data)
        changed[bits.randrange(len(data))] ^= 1 << bits.randrange(8)
        job.checkpoint_file.write_bytes(changed)
        with pytest.raises(DepthError) as caught:
            CheckpointFile(job).read()
        assert caught.value.code is ExitCode.CANNOT_RESUME and caught.value.message.count("\n") == 0


def test_a_foreign_file_and_a_newer_engine_s_checkpoint_are_refused(job: JobFolder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("depth_engine.jobs.computing.Checkpoint", _newer)
    _broken_off(job)
    monkeypatch.undo()
    assert "version 99.0" in _refusal(job)
    save_file(load_file(job.checkpoint_file), job.checkpoint_file, {"checkpoint": json.dumps([])})
    assert "cannot be read" in _refusal(job)


def _newer(*values: Any) -> Any:
    from depth_engine.jobs.checkpoint import Checkpoint

    return Checkpoint(*values, engine_version="99.0")


def test_warnings_of_the_footage_stand_once_in_the_manifest(tmp_path: Path):
    files = make_images(tmp_path / "plate", frames=20, pattern="a.####.png", size=(48, 32))
    files.pop(10).unlink()
    source = ImagesSource(str(tmp_path / "plate"), tuple(file.name for file in files))
    job = _broken_off(make_job(JobFolder(tmp_path / "clip.depth"), source), 15)
    events: list[Event] = []
    manifest = run_job(job, events.append, Recurrent())
    assert len(manifest.warnings) == 1 and "gaps" in manifest.warnings[0]
    assert any(isinstance(event, WarningRaised) for event in events)
