# SPDX-License-Identifier: GPL-3.0-or-later
"""The command renders scenes, takes up its work again, and gives the same pictures for the same seed."""

from __future__ import annotations

import shutil
from pathlib import Path

from typer.testing import CliRunner

from depth_engine.cli.commands import app
from depth_engine.training.synthetic.clips import Clip, finished

SMALL = ["--clips", "2", "--pixels", "4096", "--jobs", "2", "--families", "floating", "--families", "tabletop"]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_seed_same_pictures_and_work_is_taken_up_again(tmp_path: Path) -> None:
    run = CliRunner().invoke
    first = run(app, ["train", "synthetic", str(tmp_path / "a"), *SMALL])
    assert first.exit_code == 0, first.output
    folders = list(finished(tmp_path / "a"))
    assert len(folders) == 2
    for folder in folders:
        clip = Clip(folder)
        last = clip.info.frames - 1
        assert clip.picture(last).shape == (*clip.disparity(last).shape, 3)
        assert clip.picture(last).std() > 5
    whole = files(tmp_path / "a")
    shutil.rmtree(folders[0])
    again = run(app, ["train", "synthetic", str(tmp_path / "a"), *SMALL])
    assert "1 made" in again.output and "1 there" in again.output
    assert files(tmp_path / "a") == whole
