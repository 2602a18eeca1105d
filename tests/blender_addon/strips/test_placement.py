# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest


@pytest.fixture
def placement(strips):
    return strips.Placement(
        scene="Scene Ä",
        strip_name="clip.001",
        strip_id="0f",
        left=-3,
        right=40,
        channel=2,
        number_one=-5,
        content_start=-5,
        rate="24000/1001",
        on_canvas=False,
    )


def test_saved_and_loaded(strips, placement, tmp_path):
    placement.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["placement.json"]
    assert strips.Placement.load(tmp_path) == placement


def test_a_job_that_came_from_no_strip(strips, tmp_path):
    assert strips.Placement.load(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"scene": "Scene"}', b"\xff\xfe\x00"])
def test_damaged_files(strips, contract, tmp_path, text):
    (tmp_path / "placement.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(contract.DepthError, match=r"placement\.json") as caught:
        strips.Placement.load(tmp_path)
    assert caught.value.code == contract.ExitCode.BAD_JOB


def test_wrong_types(strips, contract, placement, tmp_path):
    placement.save(tmp_path)
    data = json.loads((tmp_path / "placement.json").read_text())
    (tmp_path / "placement.json").write_text(json.dumps(data | {"left": "soon"}))
    with pytest.raises(contract.DepthError, match="left must be a whole number"):
        strips.Placement.load(tmp_path)
