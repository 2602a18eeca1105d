# SPDX-License-Identifier: GPL-3.0-or-later
"""A network is exported once, kept whole, and made again when anything about it is not as it was."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from depth_engine.contract import ExitCode
from depth_engine.runtimes import RuntimeUnavailable, graphs
from depth_engine.runtimes.export import Part
from depth_engine.runtimes.graphs import KEPT, GraphKey, graph_files
from depth_engine.runtimes.shelf import graph_bytes, remove_graphs

KEY = GraphKey("made", "sha", 4, 2)
EXPORTED = b"a graph"


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Mapping[str, Part]]:
    """Two parts, whose export is quick; the calls are counted in `exports`."""

    def export(part: Part, path: Path) -> None:
        exports.append(path.name)
        path.write_bytes(EXPORTED)

    exports.clear()
    monkeypatch.setattr(graphs, "export", export)
    return lambda: {"first": Part(nn.Identity(), ()), "second": Part(nn.Identity(), ())}


exports: list[str] = []


def refuse() -> Mapping[str, Part]:
    raise AssertionError("exported again")


def test_the_second_time_nothing_is_exported(build: Any) -> None:
    files = graph_files(KEY, build)
    assert [path.name for path in files.values()] == exports == ["first.onnx", "second.onnx"]
    assert graph_files(KEY, refuse) == files
    assert all(path.read_bytes() == EXPORTED for path in files.values())


@pytest.mark.parametrize(
    "other",
    [
        {"model": "another"},
        {"weights": "others"},
        {"width": 8},
        {"height": 8},
        {"batch": 2},
        {"versions": KEY.versions | {"torch": "9.9"}},
        {"versions": KEY.versions | {"depth_engine": "9.9"}},
    ],
)
def test_another_network_size_or_version_is_exported_anew(build: Any, other: dict[str, Any]) -> None:
    before = graph_files(KEY, build)
    after = graph_files(replace(KEY, **other), build)
    assert len(exports) == 4
    assert not {*before.values()} & {*after.values()}


@pytest.mark.parametrize("damage", ["changed", "cut", "gone", "record", "no record", "list"])
def test_what_is_damaged_is_exported_anew(build: Any, damage: str) -> None:
    files = graph_files(KEY, build)
    file, record = files["second"], files["second"].parent / "graphs.json"
    if damage == "changed":
        file.write_bytes(EXPORTED[:-1] + b"X")
    elif damage == "cut":
        file.write_bytes(EXPORTED[:3])
    elif damage == "gone":
        file.unlink()
    elif damage == "no record":
        record.unlink()
    else:
        record.write_text("[]" if damage == "list" else record.read_text()[:40])
    assert graph_files(KEY, build) == files
    assert len(exports) == 4
    assert file.read_bytes() == EXPORTED
    assert graph_files(KEY, refuse) == files


def test_an_export_that_fails_leaves_nothing(build: Any, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(part: Part, path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeUnavailable("It cannot.")

    monkeypatch.setattr(graphs, "export", fail)
    with pytest.raises(RuntimeUnavailable):
        graph_files(KEY, build)
    assert [*(data_folder / "graphs" / "made").iterdir()] == []


def test_a_cache_that_cannot_be_written_is_named(build: Any, data_folder: Path) -> None:
    (data_folder / "graphs").write_text("a file is in the way")
    with pytest.raises(RuntimeUnavailable) as caught:
        graph_files(KEY, build)
    assert caught.value.code is ExitCode.NO_RUNTIME
    assert str(data_folder) in caught.value.message and "ESTIMATE_DEPTH_HOME" in caught.value.hint


def test_only_the_last_used_are_kept(build: Any) -> None:
    made: list[Path] = []
    for width in range(1, KEPT + 1):
        made.append(graph_files(replace(KEY, width=width), build)["first"].parent)
        os.utime(made[-1], (width, width))
    graph_files(replace(KEY, width=1), refuse)  # used again: now the second is the oldest
    made.append(graph_files(replace(KEY, width=99), build)["first"].parent)
    assert [folder.exists() for folder in made] == [True, False, True, True]


def test_exports_that_were_killed_are_cleared_away_and_others_are_not(build: Any, data_folder: Path) -> None:
    shelf = data_folder / "graphs" / "made"
    killed, at_work = shelf / "a.part", shelf / "b.part"
    for folder in (killed, at_work):
        folder.mkdir(parents=True)
    os.utime(killed, (1, 1))
    graph_files(KEY, build)
    assert not killed.exists() and at_work.exists()


def test_their_size_is_told_and_they_can_be_removed(build: Any) -> None:
    record = graph_files(KEY, build)["first"].parent / "graphs.json"
    assert json.loads(record.read_text())["key"]["width"] == 4
    size = 2 * len(EXPORTED) + record.stat().st_size
    assert graph_bytes("made") == size and graph_bytes("another") == 0
    assert remove_graphs("made") == size
    assert graph_bytes("made") == 0 and remove_graphs("made") == 0


class Unspeakable(nn.Module):
    """What it does depends on the values: no graph says that."""

    def forward(self, values: Tensor) -> Tensor:
        return values + 1 if values.sum() > 0 else values


def test_a_network_that_no_graph_can_express_is_refused_in_one_sentence() -> None:
    with pytest.raises(RuntimeUnavailable) as caught:
        graph_files(KEY, lambda: {"network": Part(Unspeakable(), (torch.ones(2),))})
    assert "could not be exported" in caught.value.message and "\n" not in caught.value.message
    assert "--runtime torch" in caught.value.hint
