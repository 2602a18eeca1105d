# SPDX-License-Identifier: GPL-3.0-or-later
"""A job with windows that overlap reports its seams: in the manifest, as a picture, and to whoever waits for it."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from depth_engine.cli.main import run
from depth_engine.contract import ExitCode, JobFolder, Seam
from depth_engine.models.depthcrafter import estimator
from depth_engine.models.drift import Affine, Fit
from tests.support.movies import make_movie

WEIGHTS = Path(__file__).resolve().parents[2] / "data/depthcrafter"
FRAMES = 45
OPTIONS = ["--model", "depthcrafter", "--weights", str(WEIGHTS), "--device", "cpu", "--precision", "fp32"]
OPTIONS += ["--steps", "1", "--window", "16", "--overlap", "5"]


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_movie(tmp_path_factory.mktemp("movie") / "clip.mp4", frames=FRAMES, size=(128, 64))


def test_every_overlap_of_every_shot_is_in_the_manifest_and_the_picture(
    tmp_path: Path, movie: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Frames 3 to 45 in two shots: 27 frames make two windows, and 16 make one. The tiny networks see no depth, so what
    is measured at their seam is put in their mouth.
    """
    monkeypatch.setattr(estimator, "fit_drift", lambda *_: Fit(Affine(1.25, -0.1), 0.5, 0.25))
    out = tmp_path / "out"
    assert run(["estimate", str(movie), "-o", str(out), *OPTIONS, "--frames", "3:45", "--shots", "30"]) == 0
    manifest = JobFolder(out).read_manifest()
    assert manifest and [(shot.first, shot.last) for shot in manifest.shots] == [(3, 29), (30, 45)]
    assert manifest.seams == (Seam(14, 18, 1.25, -0.1, 0.5, 0.25, True),)
    assert manifest.seam_picture == "preview/clip.seams.png"
    assert cv2.imread(str(out / manifest.seam_picture)).std() > 0
    assert f"taken out at 1 of 1 overlaps: {out / manifest.seam_picture}" in capfd.readouterr().out


def test_a_skipped_frame_counts_in_file_numbers(tmp_path: Path, movie: Path) -> None:
    out = tmp_path / "out"
    options = [*OPTIONS, "--no-shots", "--frames", "1:45", "--step", "2", "--window", "14", "--no-preview"]
    assert run(["estimate", str(movie), "-o", str(out), *options]) == 0
    manifest = JobFolder(out).read_manifest()
    assert manifest and [(seam.first, seam.last) for seam in manifest.seams] == [(19, 27)]
    assert {path.name for path in (out / "preview").iterdir()} == {"clip.seams.png"}


@pytest.mark.parametrize("compat", ["reference", "default"])
def test_a_result_without_seams_has_no_picture(tmp_path: Path, movie: Path, compat: str) -> None:
    out = tmp_path / "out"
    frames = "1:27" if compat == "reference" else "1:16"
    options = [*OPTIONS, "--no-shots", "--frames", frames, "--compat", compat]
    assert run(["estimate", str(movie), "-o", str(out), *options]) == 0
    manifest = JobFolder(out).read_manifest()
    assert manifest and manifest.seams == () and manifest.seam_picture is None
    assert {path.name for path in (out / "preview").iterdir()} == {"clip.mp4", "clip.sheet.png"}


def test_a_new_result_takes_the_old_picture_away(tmp_path: Path, movie: Path) -> None:
    out = tmp_path / "out"
    options = [str(movie), "-o", str(out), *OPTIONS, "--no-shots"]
    assert run(["estimate", *options, "--frames", "1:27"]) == 0
    assert (out / "preview/clip.seams.png").exists()
    assert run(["estimate", *options, "--frames", "1:16"]) == ExitCode.JOB_FINISHED
    assert run(["estimate", *options, "--frames", "1:16", "--overwrite"]) == 0
    assert not (out / "preview/clip.seams.png").exists()
