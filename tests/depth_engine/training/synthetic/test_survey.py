# SPDX-License-Identifier: GPL-3.0-or-later
"""`train inspect` tells what lies in a data folder, and draws it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.training.synthetic.clips import Camera, ClipInfo, ClipWriter
from depth_engine.training.synthetic.contact_sheet import write_sheet
from depth_engine.training.synthetic.survey import lines, survey

H, W = 24, 32


def write(folder: Path, family: str, kind: str, picture: np.ndarray, disparity: np.ndarray) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    writer = ClipWriter(folder)
    for index in range(2):
        writer.picture(index, cv2.imencode(".jpg", picture)[1].tobytes())
        writer.disparity(index, disparity, 2.0)
    if kind == "clip":
        writer.flow(0, np.full((H, W, 2), (3.0, 4.0), np.float32), np.ones((H, W), bool))
    camera = Camera(30, 30, W / 2, H / 2, np.eye(4).tolist())
    effects = {"move": "orbit", "jpeg_quality": 92, "haze": 80.0}
    writer.finish(ClipInfo(family, 1, 1, kind, 2, W, H, 2.0, [camera] * 2, effects))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    ramp = np.tile(np.linspace(0.05, 2, W, dtype=np.float32), (H, 1))
    sky = ramp.copy()
    sky[: H // 4] = 0
    grey = np.random.default_rng(0).integers(60, 200, (H, W, 3), np.uint8)
    write(tmp_path / "train" / "room-00000001", "room", "clip", grey, ramp)
    write(tmp_path / "train" / "street-00000002", "street", "views", grey, sky)
    write(tmp_path / "held_out" / "room-50000001", "room", "views", np.zeros((H, W, 3), np.uint8), ramp)
    write(tmp_path / "held_out" / "street-50000002", "street", "views", grey, np.full((H, W), 0.5, np.float32))
    return tmp_path


def test_families_motion_effects_and_sky_are_counted(data: Path) -> None:
    found = survey(data)
    assert set(found.families) == {"train/room", "train/street", "held_out/room", "held_out/street"}
    room, street = found.families["train/room"], found.families["train/street"]
    assert (room.scenes, room.clips, room.frames, room.motion[0]) == (1, 1, 2, 5.0)
    assert street.sky / (street.sky + street.depths.sum()) == pytest.approx(0.25)
    assert found.effects == {"haze": 4} and found.moves == {"orbit": 1}


def test_useless_frames_are_named(data: Path) -> None:
    text = "\n".join(lines(survey(data)))
    assert "held_out/room-50000001 frame 0: nearly black" in text
    assert "held_out/street-50000002 frame 0: one flat surface" in text
    assert "train/room-00000001 frame" not in text


def test_the_sheet_has_two_rows_a_family(data: Path) -> None:
    for name in ("sheet.jpg", "sheet.png"):
        write_sheet(data, data / name, columns=3, height=40)
        sheet = cv2.imread(str(data / name))
        assert sheet.shape[0] == 2 * (2 * 40 + 4)
        assert sheet[60:80, 100:].std() > 10


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DepthError) as raised:
        survey(tmp_path)
    assert raised.value.code is ExitCode.BAD_INPUT
