# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.blender_addon.scene.made import waves


def place(folder: Path, number_one: int) -> None:
    placement = {
        "scene": "Scene", "strip_name": "clip", "strip_id": "x", "left": 1, "right": 5, "channel": 1,
        "number_one": number_one, "content_start": number_one, "rate": "24", "on_canvas": False,
    }  # fmt: skip
    (folder / "placement.json").write_text(json.dumps(placement))


def test_a_result_without_a_strip_starts_at_frame_one(library: ModuleType, write: Callable[..., Path]) -> None:
    result = library.load_result(write({3: waves(3), 5: waves(5)}))
    assert (result.name, result.numbers, result.number_one, result.metric) == ("clip", (3, 5), 1, False)


def test_a_strip_s_result_knows_its_place(library: ModuleType, write: Callable[..., Path]) -> None:
    folder = write({1: waves(1)})
    place(folder, -12)
    assert library.load_result(folder).number_one == -12


@pytest.mark.parametrize(("aspect", "expected"), [("1", 0.5), ("2", 0.25), ("64/45", 22.5 / 64), ("16:11", 5.5 / 16)])
def test_pixels_need_not_be_square(library, write, aspect: str, expected: float) -> None:
    result = library.load_result(write({1: waves(1)}, size=(200, 100), pixel_aspect=aspect))
    assert result.picture_aspect == pytest.approx(expected)


def test_an_unfinished_job_is_refused_in_words(library: ModuleType, contract: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(contract.DepthError, match="holds no finished result"):
        library.load_result(tmp_path)


def test_a_damaged_manifest_is_refused_in_words(library, contract, write) -> None:
    folder = write({1: waves(1)})
    (folder / "manifest.json").write_text("{")
    with pytest.raises(contract.DepthError, match="not valid JSON"):
        library.load_result(folder)


@pytest.mark.parametrize("create", ["create_relief", "create_points"])
@pytest.mark.parametrize("missing", ["depth", "color"])
def test_missing_files_are_named_before_anything_is_made(library, contract, write, create, missing) -> None:
    import bpy

    folder = write({1: waves(1)})
    result = library.load_result(folder)
    (folder / f"proxy/{missing}.000001.exr").unlink()
    with pytest.raises(contract.DepthError, match=f"{missing}.000001.exr"):
        getattr(library, create)(bpy.context.scene, result, library.SceneSettings())
    assert not bpy.data.objects and not bpy.data.collections
