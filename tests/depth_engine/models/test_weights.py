# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights are found where they should lie, and known by their SHA-256."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models import weights
from depth_engine.models.base import ModelInfo, WeightFile
from depth_engine.models.weights import find_weights

CONTENT = b"published values"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
INFO = ModelInfo(
    name="some",
    title="Some",
    kind="disparity",
    temporal=False,
    licence="Apache-2.0",
    commercial_use=True,
    summary="A model of two files.",
    files=(WeightFile("net/a.safetensors", len(CONTENT), SHA256), WeightFile("b.safetensors", len(CONTENT), SHA256)),
    included=True,
    window=1,
)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the model's weights as they come with the engine."""
    monkeypatch.setattr(weights, "MODELS_FOLDER", tmp_path)
    folder = tmp_path / "some"
    (folder / "net").mkdir(parents=True)
    (folder / "net" / "a.safetensors").write_bytes(CONTENT)
    (folder / "b.safetensors").write_bytes(CONTENT)
    return folder


def test_included_weights_are_found_and_named_by_their_hash(installed: Path) -> None:
    found = find_weights(INFO, None)
    assert found.files == (installed / "net" / "a.safetensors", installed / "b.safetensors")
    assert found.identity == f"{SHA256}, {SHA256}"


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT.swapcase(), CONTENT + b"\0"])
def test_damaged_included_weights_are_refused(installed: Path, content: bytes) -> None:
    (installed / "b.safetensors").write_bytes(content)
    with pytest.raises(DepthError) as caught:
        find_weights(INFO, None)
    assert caught.value.code is ExitCode.BAD_WEIGHTS
    assert "b.safetensors" in caught.value.message
    assert "install.py engine" in caught.value.hint


def test_missing_included_weights_are_named(installed: Path) -> None:
    (installed / "net" / "a.safetensors").unlink()
    with pytest.raises(DepthError) as caught:
        find_weights(INFO, None)
    assert caught.value.code is ExitCode.MISSING_WEIGHTS
    assert "a.safetensors" in caught.value.message


def test_a_given_folder_with_the_published_files_counts_as_published(installed: Path, tmp_path: Path) -> None:
    copy = installed.rename(tmp_path / "elsewhere")
    assert find_weights(INFO, copy).identity == f"{SHA256}, {SHA256}"


def test_other_values_in_a_given_folder_are_the_users_own(installed: Path, tmp_path: Path) -> None:
    own = installed.rename(tmp_path / "own")
    (own / "b.safetensors").write_bytes(b"tuned")
    expected = f"supplied by the user, SHA-256 {SHA256}, {hashlib.sha256(b'tuned').hexdigest()}"
    assert find_weights(INFO, own).identity == expected


def test_a_given_folder_may_hold_full_precision_where_half_is_published(tmp_path: Path) -> None:
    info = replace(INFO, files=(WeightFile("net/a.fp16.safetensors", len(CONTENT), SHA256),), included=False)
    (tmp_path / "net").mkdir()
    full, half = tmp_path / "net" / "a.safetensors", tmp_path / "net" / "a.fp16.safetensors"
    full.write_bytes(b"twice the bits")
    assert find_weights(info, tmp_path).files == (full,)
    half.write_bytes(CONTENT)
    assert find_weights(info, tmp_path).files == (half,)


def test_a_given_folder_that_lacks_a_file_or_is_none_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder, part in ((empty, "a.safetensors"), (tmp_path / "nowhere", "nowhere")):
        with pytest.raises(DepthError) as caught:
            find_weights(INFO, folder)
        assert caught.value.code is ExitCode.MISSING_WEIGHTS
        assert part in caught.value.message
        assert caught.value.hint
