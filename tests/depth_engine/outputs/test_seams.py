# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of the seams: a whole PNG that shows what the manifest says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depth_engine.contract import Seam, ShotRange
from depth_engine.outputs.layout import remove_outputs
from depth_engine.outputs.seams import write_seam_picture

SHOTS = [ShotRange(1, 200, 0, 1, 0, 1), ShotRange(201, 300, 0, 1, 0, 1)]
SEAMS = [Seam(86, 110, 1.1, -0.02, 0.06, 0.02, True), Seam(230, 254, 0.9, 0.01, 0.05, 0.049, False)]


def picture(folder: Path, seams: list[Seam], shots: list[ShotRange] = SHOTS) -> NDArray[np.uint8]:
    path = folder / "preview" / "clip.seams.png"
    write_seam_picture(path, "clip", seams, shots)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    pixels = cv2.imread(str(path))
    assert pixels.shape == (700, 1000, 3)
    return pixels


def test_the_same_seams_give_the_same_file(tmp_path: Path) -> None:
    assert np.array_equal(picture(tmp_path, SEAMS), picture(tmp_path, SEAMS))


@pytest.mark.parametrize(
    "change",
    [
        {"scale": 1.05},
        {"shift": -0.05},
        {"residual": 0.1},
        {"aligned_residual": 0.01},
        {"applied": False},
        {"first": 80},
    ],
    ids=str,
)
def test_every_value_shows(tmp_path: Path, change: dict[str, float]) -> None:
    changed = [replace(SEAMS[0], **change), SEAMS[1]]  # type: ignore[arg-type]
    assert not np.array_equal(picture(tmp_path, changed), picture(tmp_path, SEAMS))


def test_shots_show(tmp_path: Path) -> None:
    one = [ShotRange(1, 300, 0, 1, 0, 1)]
    assert not np.array_equal(picture(tmp_path, SEAMS, one), picture(tmp_path, SEAMS))


@pytest.mark.parametrize("count", [1, 300])
def test_any_number_of_seams_has_its_picture(tmp_path: Path, count: int) -> None:
    seams = [Seam(85 * k + 86, 85 * k + 110, 1.0, 0.0, 0.0, 0.0, False) for k in range(count)]
    picture(tmp_path, seams, [ShotRange(1, 85 * count + 110, 0, 1, 0, 1)])


def test_it_goes_with_the_other_outputs_and_nothing_else_does(tmp_path: Path) -> None:
    picture(tmp_path, SEAMS)
    (tmp_path / "preview" / "notes.png").write_bytes(b"mine")
    assert remove_outputs(tmp_path)
    assert [file.name for file in (tmp_path / "preview").iterdir()] == ["notes.png"]
