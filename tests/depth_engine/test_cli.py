# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed program, on a real clip with the real model, and what it says."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_engine import __version__
from depth_engine.cli.main import run
from depth_engine.contract import (
    CONTRACT_VERSION,
    Cancelled,
    Diagnosis,
    Done,
    ExitCode,
    JobFolder,
    ModelList,
    MovieSource,
    Options,
    Plan,
    Progress,
    Started,
    decode_event,
    load,
)
from depth_engine.models import registry
from depth_engine.models.store import StoredModel
from depth_engine.outputs.exr import read_exr
from tests.depth_engine.oracle import make_job
from tests.support.images import make_images
from tests.support.movies import make_movie

TINY_WEIGHTS = Path(__file__).resolve().parents[1] / "data/depthcrafter"

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "examples" / "dog_handheld.mp4"
PROGRAM = shutil.which("depth-engine", path=sysconfig.get_path("scripts")) or "depth-engine is not installed"
LIMIT_SECONDS = 300


def _program(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd, timeout=LIMIT_SECONDS
    )


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    return make_movie(tmp_path / "clip.mp4", frames=6)


# --- the whole way, with the model that comes with the engine ------------------------------------------------------


def test_a_real_clip_with_the_real_model(tmp_path: Path):
    ended = _program("estimate", CLIP, "-o", tmp_path / "out", "--frames", "11:22", "--step", "4", "--json")
    assert ended.returncode == 0, ended.stderr
    events = [decode_event(line) for line in ended.stdout.splitlines()]
    assert isinstance(events[-1], Done) and any(isinstance(event, Started) for event in events)
    assert events == list(JobFolder(tmp_path / "out").read_events())
    manifest = JobFolder(tmp_path / "out").read_manifest()
    assert manifest and [frame.number for frame in manifest.frames] == [11, 15, 19]
    assert manifest.name == "dog_handheld" and manifest.model.name == "embedded" and manifest.model.weights
    width, height = manifest.facts.width, manifest.facts.height
    for number in (11, 15, 19):
        depth = read_exr(tmp_path / "out" / "depth" / f"dog_handheld.0000{number}.exr")
        assert depth.shape == (height, width) and np.isfinite(depth).all() and depth.std() > 0
        color = cv2.imread(str(tmp_path / "out" / manifest.proxy_color.file(number)))
        assert color.shape[:2] == (manifest.proxy_depth.height, manifest.proxy_depth.width)
    assert len({read_exr(tmp_path / "out" / manifest.proxy_depth.file(n)).tobytes() for n in (11, 15, 19)}) == 3


def test_the_next_plan_knows_how_long_it_took(movie: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    def is_measured() -> bool:
        capfd.readouterr()
        assert run(["plan", str(movie), "--json"]) == 0
        return load(Plan, capfd.readouterr().out, "plan").seconds_measured

    assert not is_measured()
    assert run(["estimate", str(movie), "-o", str(tmp_path / "out")]) == 0
    assert is_measured()


def test_a_sequence_by_one_of_its_files(tmp_path: Path):
    files = make_images(tmp_path / "plate", frames=4, pattern="shot.####.png", start=1001)
    assert run(["estimate", str(files[2]), "-o", str(tmp_path / "out"), "--rate", "30000/1001"]) == 0
    manifest = JobFolder(tmp_path / "out").read_manifest()
    assert manifest and manifest.name == "shot" and manifest.facts.rate == "30000/1001"
    assert [(frame.number, frame.original_number) for frame in manifest.frames] == [
        (1, 1001),
        (2, 1002),
        (3, 1003),
        (4, 1004),
    ]


def test_a_job_folder_written_by_another_program(movie: Path, tmp_path: Path):
    make_job(JobFolder(tmp_path / "job"), MovieSource(str(movie)), format=("exr16",), preview=False)
    ended = _program("run", tmp_path / "job")
    assert ended.returncode == 0, ended.stderr
    assert len(list((tmp_path / "job" / "depth16").iterdir())) == 6
    assert "6 frames with embedded on cpu" in ended.stdout and "Done in" in ended.stdout


def test_a_cancelled_program_says_so(tmp_path: Path):
    command = [PROGRAM, "estimate", str(CLIP), "-o", str(tmp_path / "out"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        for line in process.stdout:
            if isinstance(decode_event(line), Progress):
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read().splitlines()
        assert process.wait(LIMIT_SECONDS) == ExitCode.CANCELLED
        assert "Traceback" not in process.stderr.read()
    assert isinstance(decode_event(rest[-1]), Cancelled)
    assert not list((tmp_path / "out").rglob("*.part")) and not (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is told in another way")
def test_a_program_whose_reader_is_gone_cancels_its_job(tmp_path: Path):
    command = [PROGRAM, "estimate", str(CLIP), "-o", str(tmp_path / "out"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(LIMIT_SECONDS) == ExitCode.CANCELLED
        assert process.stderr.read() == ""


# --- where results go ----------------------------------------------------------------------------------------------


def test_the_default_place_is_a_folder_named_after_the_clip_where_the_user_is(
    movie: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert run(["estimate", str(movie)]) == 0
    assert [path.name for path in here.iterdir()] == ["clip.depth"]


def test_a_finished_result_is_replaced_only_when_asked_for(
    movie: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    command = ["estimate", str(movie), "-o", str(tmp_path / "out"), "--no-preview"]
    assert run([*command, "--frames", "1:4"]) == 0
    assert run([*command, "--frames", "2:3"]) == ExitCode.JOB_FINISHED
    assert "--overwrite" in capfd.readouterr().err
    assert len(list((tmp_path / "out" / "depth").iterdir())) == 4
    assert run([*command, "--frames", "2:3", "--overwrite"]) == 0
    assert [path.name[-7:] for path in sorted((tmp_path / "out" / "depth").iterdir())] == ["002.exr", "003.exr"]
    assert run([*command, "--frames", "5:99", "--overwrite"]) == ExitCode.BAD_INPUT
    manifest = JobFolder(tmp_path / "out").read_manifest()
    assert manifest and len(manifest.frames) == 2 and not manifest.warnings


# --- answers -------------------------------------------------------------------------------------------------------


def test_plan_tells_what_the_job_then_does(movie: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    options = ["--frames", "2:6", "--step", "2", "--format", "exr32", "--format", "npz", "--output-size", "48"]
    assert run(["plan", str(movie), *options, "--json"]) == 0
    plan = load(Plan, capfd.readouterr().out, "plan")
    assert (plan.frames, plan.first, plan.last, plan.problems) == (3, 2, 6, ())
    assert (plan.output_width, plan.output_height) == (48, 32)
    assert plan.seconds > 0 and 0 < plan.memory_bytes < plan.memory_free_bytes
    assert run(["estimate", str(movie), "-o", str(tmp_path / "out"), *options]) == 0
    manifest = JobFolder(tmp_path / "out").read_manifest()
    assert manifest and manifest.facts == plan.facts and len(manifest.frames) == plan.frames
    assert (manifest.model.device, manifest.model.precision) == (plan.model.device, plan.model.precision)
    used = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert used <= plan.disk_bytes


@pytest.mark.parametrize("model", ["embedded", "depthcrafter"])
def test_the_processed_size_that_a_plan_tells_is_written(model: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    movie = tmp_path / "movie.mp4"
    make_movie(movie, frames=3, size=(90, 50))
    weights = ["--weights", str(TINY_WEIGHTS)] if model == "depthcrafter" else []
    options = ["--model", model, *weights, "--output-size", "processed", "--no-shots", "--precision", "fp32"]
    assert run(["plan", str(movie), *options, "--json"]) == 0
    plan = load(Plan, capfd.readouterr().out, "plan")
    assert run(["estimate", str(movie), "-o", str(tmp_path / "out"), *options]) == 0
    manifest = JobFolder(tmp_path / "out").read_manifest()
    assert manifest
    depth = manifest.depth["exr32"]
    assert (plan.output_width, plan.output_height) == (depth.width, depth.height)


def test_a_plan_says_that_weights_are_missing(
    movie: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path / "home"))
    assert run(["plan", str(movie), "--model", "depthcrafter", "--json"]) == ExitCode.MISSING_WEIGHTS
    problem = load(Plan, capfd.readouterr().out, "plan").problems[0]
    assert "depth-engine models fetch depthcrafter" in problem.hint


def test_plan_of_a_job_folder_uses_its_options(movie: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    folder = make_job(JobFolder(tmp_path / "job"), MovieSource(str(movie)), frames=(2, 4))
    assert run(["plan", str(folder.path), "--json"]) == 0
    assert load(Plan, capfd.readouterr().out, "plan").frames == 3
    assert run(["plan", str(folder.path), "--step", "2"]) == ExitCode.USAGE


def test_plan_for_a_person(movie: Path, capfd: pytest.CaptureFixture[str]):
    assert run(["plan", str(movie)]) == 0
    told = capfd.readouterr().out
    for piece in ("6 frames, 96x64, 24 frames a second, h264", "Apache-2.0", "6 from 1 to 6", "96x64 written", "guess"):
        assert piece in told


def test_too_little_memory_is_a_problem_of_the_plan(movie: Path, capfd: pytest.CaptureFixture[str]):
    assert run(["plan", str(movie), "--output-size", "100000", "--json"]) != 0
    plan = load(Plan, capfd.readouterr().out, "plan")
    assert ExitCode.OUT_OF_MEMORY in {problem.code for problem in plan.problems}


def test_doctor_finds_this_installation_sound():
    ended = _program("doctor", "--json")
    diagnosis = load(Diagnosis, ended.stdout, "diagnosis")
    assert ended.returncode == 0 and diagnosis.engine_version == __version__
    assert {check.name for check in diagnosis.checks} == {
        "Python",
        "PyTorch",
        "Model embedded",
        "Runtime OpenVINO",
        "Runtime ONNX Runtime",
        "Movies",
        "OpenEXR",
        "Memory",
        "Disk",
        "Data folder",
    }
    assert all(check.status != "error" and check.message for check in diagnosis.checks)


def test_doctor_finds_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path / "file"))
    assert run(["doctor", "--json"]) == ExitCode.INTERNAL
    checks = {check.name: check for check in load(Diagnosis, capfd.readouterr().out, "diagnosis").checks}
    assert checks["Data folder"].status == "error" and checks["Data folder"].hint
    assert (checks["Data folder"].fix, checks["Data folder"].target) == ("folder", str(tmp_path))
    assert checks["Movies"].status == checks["Disk"].status == "ok" and not checks["Movies"].fix


def test_doctor_names_what_mends_its_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("ESTIMATE_DEPTH_HOME", str(tmp_path))
    monkeypatch.setattr("depth_engine.doctor.LOW_DISK", 2**63)
    monkeypatch.setitem(sys.modules, "av", None)
    info = registry.info("depth_anything_v2_small")
    for file in info.files:  # as long as the published file, but another one
        path = StoredModel(info).folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.truncate(file.size_bytes)
    run(["doctor", "--json"])
    checks = {check.name: check for check in load(Diagnosis, capfd.readouterr().out, "diagnosis").checks}
    found = {name: (check.status, check.fix, check.target) for name, check in checks.items() if check.status != "ok"}
    assert found == {
        "Movies": ("error", "engine", ""),
        "Disk": ("warning", "folder", str(tmp_path)),
        f"Model {info.name}": ("error", "model", info.name),
    }


def test_models_are_listed_with_their_licences(capfd: pytest.CaptureFixture[str]):
    assert run(["models", "--json"]) == 0
    models = {model.name: model for model in load(ModelList, capfd.readouterr().out, "models").models}
    embedded, depthcrafter = models["embedded"], models["depthcrafter"]
    assert embedded.installed and embedded.unchanged and embedded.size_bytes == embedded.bytes_here > 20_000_000
    assert (embedded.licence, embedded.commercial_use, embedded.fetchable) == ("Apache-2.0", True, False)
    assert depthcrafter.fetchable and not (depthcrafter.installed or depthcrafter.accepted or depthcrafter.bytes_here)
    assert depthcrafter.size_bytes > 4_000_000_000 and not depthcrafter.commercial_use
    assert depthcrafter.licence_url.startswith("https://") and depthcrafter.licence_summary
    assert run(["models"]) == 0
    told = capfd.readouterr().out
    assert "commercial use allowed" in told and "no commercial use" in told and "weights not here" in told


def test_version_and_help(capfd: pytest.CaptureFixture[str]):
    assert run(["--version"]) == 0
    assert capfd.readouterr().out == f"depth-engine {__version__} (contract {CONTRACT_VERSION})\n"
    assert run([]) == 0
    overview = capfd.readouterr().out
    for command in ("estimate", "run", "plan", "doctor", "models", "bench"):
        assert command in overview
        assert run([command, "--help"]) == 0
        assert "Usage: depth-engine" in capfd.readouterr().out


def test_the_options_are_those_of_the_contract(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "200")
    for command in ("estimate", "plan"):
        assert run([command, "--help"]) == 0
        told = capfd.readouterr().out
        for field in dataclasses.fields(Options):
            assert f"--{field.name.replace('_', '-')} " in told
        assert "--no-shots " in told


@pytest.mark.parametrize(
    ("words", "shots"),
    [(["--shots", "4,6"], [(1, 3), (4, 5), (6, 6)]), (["--no-shots"], [(1, 6)]), ([], [(1, 6)])],
)
def test_shots_are_told_or_turned_off(movie: Path, tmp_path: Path, words: list[str], shots: list[tuple[int, int]]):
    assert run(["estimate", str(movie), "-o", str(tmp_path / "out"), "--max-size", "28", *words]) == 0
    manifest = JobFolder(tmp_path / "out").read_manifest()
    assert manifest and [(shot.first, shot.last) for shot in manifest.shots] == shots


def test_answers_come_without_the_libraries_that_take_seconds():
    """Errors and answers that need no network must not wait for torch."""
    script = "import sys; from depth_engine.cli.main import run; run(['models']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are made with POSIX's own means")
def test_a_terminal_gets_a_bar(movie: Path, tmp_path: Path):
    import pty

    controller, terminal = pty.openpty()
    with subprocess.Popen([PROGRAM, "estimate", str(movie), "-o", str(tmp_path / "out")], stdout=terminal) as process:
        os.close(terminal)
        told = b""
        while chunk := _read(controller):
            told += chunk
        assert process.wait(LIMIT_SECONDS) == 0
    os.close(controller)
    text = told.decode()
    assert "Estimating depth" in text and "6/6" in text and "Done in" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")  # the cursor is shown again


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 4096)
    except OSError:  # the other end is closed
        return b""


def test_the_benchmarks_run(capfd: pytest.CaptureFixture[str]):
    small = ["--size", "96", "64"]
    assert run(["bench", "memory", "--frames", "3", "--frames", "6", "--max-size", "28", *small]) == 0
    first, second, ratio = capfd.readouterr().out.splitlines()[1:]
    assert first.split()[0] == "3" and second.split()[0] == "6" and float(ratio.split()[-1]) < 2
    assert run(["bench", "stages", "--frames", "2", *small]) == 0
    stages = [line.rsplit(maxsplit=2) for line in capfd.readouterr().out.splitlines()]
    assert {name for name, *_ in stages} >= {"decode", "find cuts", "estimate", "upsample", "write exr32", "preview"}
    assert all(float(value) > 0 and unit == "ms" for _, value, unit in stages)
