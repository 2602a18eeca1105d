# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a person can give wrongly: one sentence, a hint, its exit code, and nothing left behind."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from depth_engine.cli.main import run
from depth_engine.contract import ExitCode, Failed, Plan, decode_event, load
from tests.support.images import make_images
from tests.support.mounts import in_own_mounts
from tests.support.movies import make_movie, make_sound

SENTENCE = re.compile(r"error: [^\n]+\. \[([A-Z_]+)\]\n(hint: [^\n]+\n)?")


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=6)


def _assert_told(text: str, code: ExitCode) -> None:
    """One sentence that names the code, and a hint: nothing else."""
    told = SENTENCE.fullmatch(text)
    assert told and told[1] == code.name, text
    assert "Traceback" not in text


def _write(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def _truncated(path: Path) -> None:
    whole = make_movie(path.with_name("whole.mp4"), frames=30).read_bytes()
    path.write_bytes(whole[: len(whole) // 3])


NO_FOOTAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "empty": _write(b""),
    "truncated": _truncated,
    "audio-only": make_sound,
    "zeros": _write(bytes(4096)),
    "text": _write(b"This is a shopping list, not a movie.\n" * 20),
    "folder-without-images": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("make", NO_FOOTAGE.values(), ids=NO_FOOTAGE.keys())
@pytest.mark.parametrize("command", ["estimate", "plan"])
def test_what_is_no_footage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], make: Callable[[Path], object], command: str
):
    path, out = tmp_path / "clip.mp4", tmp_path / "out" / "clip.depth"
    make(path)
    assert run([command, str(path), "-o", str(out)]) == ExitCode.BAD_INPUT
    _assert_told(capfd.readouterr().err, ExitCode.BAD_INPUT)
    assert not out.parent.exists()


def test_a_movie_without_a_single_frame(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    make_movie(tmp_path / "clip.mp4", frames=0)
    assert run(["estimate", str(tmp_path / "clip.mp4"), "-o", str(tmp_path / "out")]) == ExitCode.BAD_INPUT
    _assert_told(capfd.readouterr().err, ExitCode.BAD_INPUT)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--frames", "4:9"], ExitCode.BAD_INPUT),
        (["--frames", "0:3"], ExitCode.USAGE),
        (["--frames", "5:2"], ExitCode.USAGE),
        (["--frames", "one:two"], ExitCode.USAGE),
        (["--shots", "2,90"], ExitCode.BAD_INPUT),
        (["--shots", "0"], ExitCode.USAGE),
        (["--shots", "3,2"], ExitCode.USAGE),
        (["--shots", "2,2"], ExitCode.USAGE),
        (["--shots", "two"], ExitCode.USAGE),
        (["--shots", "2", "--no-shots"], ExitCode.USAGE),
        (["--step", "0"], ExitCode.USAGE),
        (["--step", "2", "--fps", "12"], ExitCode.USAGE),
        (["--fps", "fast"], ExitCode.USAGE),
        (["--output-size", "huge"], ExitCode.USAGE),
        (["--format", "tiff"], ExitCode.USAGE),
        (["--colormap", "rainbow"], ExitCode.USAGE),
        (["--max-size", "3"], ExitCode.USAGE),
        (["--max-size", "big"], ExitCode.USAGE),
        (["--no-such-option"], ExitCode.USAGE),
        (["--model", "embeded"], ExitCode.UNKNOWN_MODEL),
        (["--weights", "/no/such/folder"], ExitCode.MISSING_WEIGHTS),
        (["--device", "cuda:99"], ExitCode.NO_DEVICE),
        (["--device", "toaster"], ExitCode.NO_DEVICE),
        (["--output-size", "300000"], ExitCode.DISK_FULL),
    ],
)
def test_options_that_cannot_be_followed(
    tmp_path: Path, movie: Path, capfd: pytest.CaptureFixture[str], options: list[str], code: ExitCode
):
    assert run(["estimate", str(movie), "-o", str(tmp_path / "out"), *options]) == code
    _assert_told(capfd.readouterr().err, code)
    assert not (tmp_path / "out").exists()


def test_damaged_weights(tmp_path: Path, movie: Path, capfd: pytest.CaptureFixture[str]):
    from depth_engine.models import registry

    for file in registry.info("embedded").files:
        (tmp_path / file.path).write_bytes(b"not weights")
    code = run(["estimate", str(movie), "-o", str(tmp_path / "out"), "--weights", str(tmp_path)])
    assert code == ExitCode.BAD_WEIGHTS
    _assert_told(capfd.readouterr().err, code)
    assert not (tmp_path / "out").exists()


def test_with_json_a_program_is_told_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    assert run(["estimate", str(tmp_path / "nothing.mp4"), "-o", str(tmp_path / "out"), "--json"]) == ExitCode.BAD_INPUT
    told = capfd.readouterr()
    event = decode_event(told.out)
    assert isinstance(event, Failed) and event.code == ExitCode.BAD_INPUT
    _assert_told(told.err, ExitCode.BAD_INPUT)


@pytest.mark.parametrize("name", ["estimate", "plan", "run"])
def test_no_arguments(capfd: pytest.CaptureFixture[str], name: str):
    assert run([name]) == ExitCode.USAGE
    _assert_told(capfd.readouterr().err, ExitCode.USAGE)


# --- job.json ----------------------------------------------------------------------------------------------------


def _job(movie: Path) -> dict[str, Any]:
    return {"contract_version": 1, "kind": "estimate", "name": "clip", "source": {"type": "movie", "path": str(movie)}}


BAD_JOBS: dict[str, tuple[Callable[[dict[str, Any]], object], ExitCode]] = {
    "another-version": (lambda job: job.update(contract_version=2), ExitCode.CONTRACT_MISMATCH),
    "a-name-that-leads-outside": (lambda job: job.update(name="../../clip"), ExitCode.BAD_JOB),
    "an-absolute-name": (lambda job: job.update(name="/tmp/clip"), ExitCode.BAD_JOB),
    "an-empty-name": (lambda job: job.update(name=""), ExitCode.BAD_JOB),
    "an-unknown-field": (lambda job: job.update(output="/tmp"), ExitCode.BAD_JOB),
    "an-unknown-kind": (lambda job: job.update(kind="magic"), ExitCode.BAD_JOB),
    "no-source": (lambda job: job.pop("source"), ExitCode.BAD_JOB),
    "a-source-of-no-type": (lambda job: job.update(source={"path": "x"}), ExitCode.BAD_JOB),
    "a-number-for-a-path": (lambda job: job["source"].update(path=7), ExitCode.BAD_JOB),
    "text-for-a-number": (lambda job: job.update(options={"step": "2"}), ExitCode.BAD_JOB),
    "a-fraction-for-a-number": (lambda job: job.update(options={"step": 1.5}), ExitCode.BAD_JOB),
    "yes-for-true": (lambda job: job.update(options={"preview": "yes"}), ExitCode.BAD_JOB),
    "one-frame-for-a-range": (lambda job: job.update(options={"frames": [3]}), ExitCode.BAD_JOB),
    "an-unknown-format": (lambda job: job.update(options={"format": ["tiff"]}), ExitCode.BAD_JOB),
    "an-unknown-model": (lambda job: job.update(options={"model": "magic"}), ExitCode.UNKNOWN_MODEL),
}


@pytest.mark.parametrize(("change", "code"), BAD_JOBS.values(), ids=BAD_JOBS.keys())
def test_job_files_that_are_wrong(
    tmp_path: Path, movie: Path, capfd: pytest.CaptureFixture[str], change: Callable[..., object], code: ExitCode
):
    job = _job(movie)
    change(job)
    (tmp_path / "job.json").write_text(json.dumps(job))
    assert run(["run", str(tmp_path)]) == code
    _assert_told(capfd.readouterr().err, code)
    event = decode_event((tmp_path / "events.jsonl").read_text().splitlines()[-1])
    assert isinstance(event, Failed) and event.code == code
    assert not any(path.is_dir() for path in tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"job"', "\x00\xff", "[" * 100_000])
def test_job_files_that_are_no_job(tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str):
    (tmp_path / "job.json").write_text(text, encoding="latin-1")
    assert run(["run", str(tmp_path)]) == ExitCode.BAD_JOB
    _assert_told(capfd.readouterr().err, ExitCode.BAD_JOB)


@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_folder_that_is_no_job(tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str):
    code = run([command, str(tmp_path)])
    assert code in (ExitCode.BAD_JOB, ExitCode.BAD_INPUT)
    _assert_told(capfd.readouterr().err, ExitCode(code))
    assert {path.name for path in tmp_path.iterdir()} <= {"lock", "events.jsonl", "engine.log"}


def test_a_sequence_whose_files_are_gone(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    files = make_images(tmp_path / "plate", frames=3)
    out = tmp_path / "out"
    out.mkdir()
    source = {"type": "images", "directory": str(tmp_path / "plate"), "files": [file.name for file in files]}
    (out / "job.json").write_text(json.dumps({**_job(files[0]), "source": source}))
    files[1].unlink()
    assert run(["run", str(out)]) == ExitCode.BAD_INPUT
    _assert_told(capfd.readouterr().err, ExitCode.BAD_INPUT)


# --- places ------------------------------------------------------------------------------------------------------


def test_a_folder_that_holds_something_else_is_left_alone(
    tmp_path: Path, movie: Path, capfd: pytest.CaptureFixture[str]
):
    (tmp_path / "thesis.txt").write_text("mine")
    assert run(["estimate", str(movie), "-o", str(tmp_path)]) == ExitCode.USAGE
    _assert_told(capfd.readouterr().err, ExitCode.USAGE)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("where", ["file", "file/out"])
def test_a_place_that_is_no_folder(tmp_path: Path, movie: Path, capfd: pytest.CaptureFixture[str], where: str):
    (tmp_path / "file").write_text("mine")
    assert run(["estimate", str(movie), "-o", str(tmp_path / where)]) == ExitCode.NOT_WRITABLE
    _assert_told(capfd.readouterr().err, ExitCode.NOT_WRITABLE)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="small and read-only file systems are made with Linux's own means")
class TestFileSystems:
    def test_a_disk_that_is_too_small_is_refused_before_anything_is_computed(self, tmp_path: Path, movie: Path):
        out = tmp_path / "disk" / "out"
        command = [sys.executable, "-m", "depth_engine", "estimate", str(movie), "-o", str(out)]
        ended = in_own_mounts("size=1m", out.parent, command)
        assert ended.returncode == ExitCode.DISK_FULL
        _assert_told(ended.stderr, ExitCode.DISK_FULL)
        assert "needs" in ended.stderr

    def test_plan_refuses_a_disk_that_is_too_small(self, tmp_path: Path, movie: Path):
        out = tmp_path / "disk" / "out"
        command = [sys.executable, "-m", "depth_engine", "plan", str(movie), "-o", str(out), "--json"]
        ended = in_own_mounts("size=1m", out.parent, command)
        assert ended.returncode == ExitCode.DISK_FULL
        plan = load(Plan, ended.stdout, "plan")
        assert [problem.code for problem in plan.problems] == [ExitCode.DISK_FULL]
        assert plan.disk_free_bytes <= 2**20 < plan.disk_bytes

    def test_a_disk_that_fills_while_writing_ends_the_job(self, tmp_path: Path, movie: Path):
        """The oracle is not planned for, so it starts; its frames do not fit."""
        script = (
            "import sys; from pathlib import Path\n"
            "from depth_engine.contract import *; from depth_engine.jobs import run_job\n"
            "from tests.depth_engine.oracle import Oracle, make_job\n"
            "folder = make_job(JobFolder(Path(sys.argv[2])), MovieSource(sys.argv[1]), output_size='800')\n"
            "try: run_job(folder, model=Oracle())\n"
            "except DepthError as error: print(error.code.name)\n"
            "print(len(list(folder.path.rglob('*.part'))), folder.manifest_file.exists())\n"
            "print([event.TYPE for event in folder.read_events()][-1])\n"
        )
        command = [sys.executable, "-c", script, str(movie), str(tmp_path / "disk" / "out")]
        ended = in_own_mounts("size=1m", tmp_path / "disk", command)
        assert ended.stdout.split() == ["DISK_FULL", "0", "False", "error"], ended.stderr

    def test_a_read_only_place(self, tmp_path: Path, movie: Path):
        out = tmp_path / "disk" / "out"
        command = [sys.executable, "-m", "depth_engine", "estimate", str(movie), "-o", str(out)]
        ended = in_own_mounts("ro", out.parent, command)
        assert ended.returncode == ExitCode.NOT_WRITABLE
        _assert_told(ended.stderr, ExitCode.NOT_WRITABLE)
