# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip is written whole or not at all, and read back as it was."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.training.synthetic import catalogue
from depth_engine.training.synthetic.blender import renderer
from depth_engine.training.synthetic.clips import Camera, Clip, ClipInfo, ClipWriter, finished

POSE = np.eye(4).tolist()


def write(folder: Path, frames: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """A clip with random disparity and flow, which are returned."""
    source = np.random.default_rng(0)
    disparity = source.uniform(0, 2, (12, 16)).astype(np.float32)
    disparity[:3] = 0
    flow = source.normal(0, 20, (12, 16, 2)).astype(np.float32)
    writer = ClipWriter(folder)
    for index in range(frames):
        writer.picture(index, cv2.imencode(".jpg", np.full((12, 16, 3), 90, np.uint8))[1].tobytes())
        writer.disparity(index, disparity, 2.0)
    valid = np.ones((12, 16), bool)
    valid[5] = False
    writer.flow(0, flow, valid)
    assert not folder.exists()
    writer.finish(
        ClipInfo("room", 7, 1, "clip", frames, 16, 12, 2.0, [Camera(9, 9, 8, 6, POSE)] * frames, {"move": "pan"})
    )
    return disparity, flow


def test_what_is_written_is_read(tmp_path: Path) -> None:
    disparity, flow = write(tmp_path / "room-00000007")
    (folder,) = finished(tmp_path)
    clip = Clip(folder)
    assert clip.info.cameras[1].fx == 9 and clip.info.effects == {"move": "pan"}
    assert np.abs(clip.disparity(1) - disparity).max() <= 2 / 65535
    assert (clip.disparity(1)[:3] == 0).all()
    read, valid = clip.flow(0)
    assert not valid[5].any() and valid.sum() == 11 * 16
    assert np.abs(read - flow)[valid].max() <= 1 / 128
    assert clip.picture(0).shape == (12, 16, 3)


def test_flow_is_in_kittis_order(tmp_path: Path) -> None:
    writer = ClipWriter(tmp_path / "clip")
    writer.flow(0, np.full((4, 4, 2), (3.0, -5.0), np.float32), np.ones((4, 4), bool))
    raw = cv2.imread(str(tmp_path / "clip.part" / "flow" / "0000.png"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert raw[0, 0].tolist() == [32768 + 3 * 64, 32768 - 5 * 64, 1]


def test_an_abandoned_clip_leaves_nothing(tmp_path: Path) -> None:
    ClipWriter(tmp_path / "clip").abandon()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["disparity/0000.png", "rgb/0000.jpg", "clip.json"])
def test_damage_is_told(tmp_path: Path, damage: str) -> None:
    write(tmp_path / "clip")
    (tmp_path / "clip" / damage).write_bytes(b"no")
    with pytest.raises(DepthError) as raised:
        clip = Clip(tmp_path / "clip")
        clip.picture(0), clip.disparity(0)
    assert raised.value.code is ExitCode.BAD_INPUT and damage in raised.value.message.replace("\\", "/")


def test_a_seed_always_stands_for_the_same_clip() -> None:
    plans = [catalogue.plan("train", index) for index in range(200)]
    assert plans == [catalogue.plan("train", index) for index in range(200)]
    assert {plan.family for plan in plans} == {*catalogue.FAMILIES, *catalogue.TRAINING_ONLY}
    assert all(50_000 < plan.width * plan.height < 65_000 for plan in plans)
    held_out = [catalogue.plan("held_out", index) for index in range(100)]
    assert not {plan.seed for plan in plans} & {plan.seed for plan in held_out}
    families = {plan.family for plan in held_out}
    assert set(catalogue.HELD_OUT_ONLY) <= families and not set(catalogue.TRAINING_ONLY) & families
    assert [plan.name for plan in held_out[:30:6]] == [  # the scenes that published figures tell of
        "forest-50000000", "playground-50000006", "playground-50000012", "room-50000018", "street-50000024",
    ]  # fmt: skip


def test_families_can_be_chosen_and_unknown_ones_are_told() -> None:
    assert {catalogue.plan("train", index, ["street"]).family for index in range(20)} == {"street"}
    with pytest.raises(DepthError, match="no family moon") as raised:
        catalogue.known("train", ["moon"])
    assert raised.value.code is ExitCode.USAGE


def test_without_blender_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("depth_engine.training.synthetic.blender.candidates", list)
    with pytest.raises(DepthError, match="No Blender") as raised:
        renderer(None)
    assert "--blender" in raised.value.hint
    with pytest.raises(DepthError, match="neither Blender"):
        renderer(tmp_path / "blender")
