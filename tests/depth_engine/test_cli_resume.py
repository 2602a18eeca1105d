# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line does with a folder whose job is unfinished, with the real model."""

from __future__ import annotations

from pathlib import Path

import pytest

from depth_engine.cli.main import run
from depth_engine.contract import ExitCode, JobFolder
from depth_engine.models.base import ShotSpec
from depth_engine.models.embedded.estimator import EmbeddedModel
from tests.support.movies import make_movie


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=12, size=(96, 64))


def test_an_unfinished_job_goes_on_or_is_replaced_only_when_asked_for(
    movie: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    folder = JobFolder(tmp_path / "out")
    command = ["estimate", str(movie), "-o", str(folder.path), "--frames", "1:4", "--shots", "3", "--max-size", "28"]
    _break_off(folder, command)
    assert run(command) == ExitCode.JOB_UNFINISHED
    told = capfd.readouterr().err
    assert "--resume" in told and "--overwrite" in told
    assert run([*command, "--overwrite", "--resume"]) == ExitCode.USAGE
    before = folder.job_file.read_bytes()
    assert run([*command, "--resume", "--seed", "3"]) == ExitCode.CANNOT_RESUME
    assert "option seed was 0 and is now 3" in capfd.readouterr().err
    assert folder.job_file.read_bytes() == before
    assert run([*command, "--resume"]) == 0
    assert "Continued from frame 3" in capfd.readouterr().out
    assert run([*command, "--resume"]) == ExitCode.JOB_FINISHED


@pytest.mark.parametrize("again", [["--overwrite"], []], ids=["overwrite", "restart"])
def test_an_unfinished_job_can_begin_anew(
    movie: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], again: list[str]
):
    folder = JobFolder(tmp_path / "out")
    command = ["estimate", str(movie), "-o", str(folder.path), "--frames", "1:4", "--shots", "3", "--max-size", "28"]
    _break_off(folder, command)
    assert run([*command, *again] if again else ["run", str(folder.path), "--restart"]) == 0
    assert "Continued" not in capfd.readouterr().out
    manifest = folder.read_manifest()
    assert manifest and len(manifest.frames) == 4


def test_resume_begins_where_there_is_nothing_to_go_on_with(movie: Path, tmp_path: Path):
    assert run(["estimate", str(movie), "-o", str(tmp_path / "out"), "--frames", "1:2", "--resume"]) == 0
    assert JobFolder(tmp_path / "out").read_manifest()


def _break_off(folder: JobFolder, command: list[str]) -> None:
    """Begin the job, and stop it in its second shot."""
    with pytest.MonkeyPatch.context() as patch:
        begun = EmbeddedModel.open_shot

        def open_shot(self: EmbeddedModel, spec: ShotSpec):
            if spec.start:
                raise RuntimeError("broken off")
            return begun(self, spec)

        patch.setattr(EmbeddedModel, "open_shot", open_shot)
        assert run(command) == ExitCode.INTERNAL
    assert folder.checkpoint_file.exists()
