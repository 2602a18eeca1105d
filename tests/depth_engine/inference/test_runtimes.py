# SPDX-License-Identifier: GPL-3.0-or-later
"""Which runtime computes: the wanted one or a refusal, else the quickest by what was measured here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from depth_engine.contract import DepthError, ExitCode, Options, SourceFacts
from depth_engine.inference import device as device_module
from depth_engine.inference import runtimes
from depth_engine.inference.runtimes import (
    Measured,
    Run,
    Work,
    choose_run,
    frames_until_worth,
    known,
    machine,
    possible_runs,
    quickest,
    remember,
    told_choice,
    work_of,
)

FACTS = SourceFacts(1280, 720, 1000, "24", 1000 / 24, True, 0.0, 0, "1", "h264", False)
TORCH, OPENVINO, ONNX = Run("cpu", "fp32"), Run("cpu", "fp32", "openvino"), Run("cpu", "fp32", "onnx")
SMALL = "video_depth_anything_small"
WORK = Work("embedded", 1000, 420, 238)


@pytest.fixture(autouse=True)
def plain_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """One without bfloat16, and no graphics card."""
    monkeypatch.setattr(device_module, "devices", lambda: ["cpu"])
    monkeypatch.setattr("torch.cpu.get_capabilities", dict)


def runs(**options: Any) -> list[str]:
    return [f"{run.device} {run.runtime} {run.precision}" for run in possible_runs(Options(**options))]


def test_on_a_processor_all_are_possible_and_torch_comes_first() -> None:
    assert runs() == ["cpu torch fp32", "cpu openvino fp32", "cpu onnx fp32"]
    assert runs(model="depth_anything_v2_base") == runs(model=SMALL) == runs()


def test_with_bfloat16_in_hardware_those_that_have_it_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"avx512_bf16": True})
    assert runs() == ["cpu torch bf16", "cpu openvino bf16", "cpu onnx fp32"]
    assert runs(runtime="openvino") == ["cpu openvino bf16"]


def test_a_wanted_precision_is_kept() -> None:
    assert runs(precision="bf16") == ["cpu torch bf16", "cpu openvino bf16"]
    assert runs(precision="fp16") == ["cpu torch fp16"]


def test_other_models_run_in_torch() -> None:
    assert runs(model="depthcrafter") == runs(model=SMALL, streaming=True) == ["cpu torch fp32"]


def test_on_a_graphics_card_torch_runs_unless_another_one_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_module, "devices", lambda: ["mps", "cpu"])
    assert runs() == ["mps torch fp16"]
    assert runs(runtime="onnx") == ["cpu onnx fp32"]


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"model": "depthcrafter", "runtime": "onnx"}, "ONNX Runtime cannot compute DepthCrafter", "Leave --runtime"),
        ({"device": "mps", "runtime": "openvino"}, "OpenVINO computes on processors, not on mps", "--device cpu"),
        ({"model": SMALL, "streaming": True, "runtime": "onnx"}, "as a stream", "Leave --runtime"),
        ({"precision": "bf16", "runtime": "onnx"}, "does not compute in bf16", "--precision fp32"),
        ({"precision": "fp16", "runtime": "openvino"}, "does not compute in fp16", "--precision fp32"),
    ],
)
def test_what_cannot_be_is_refused(
    options: dict[str, Any], message: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_module, "devices", lambda: ["mps", "cpu"])
    with pytest.raises(DepthError) as caught:
        possible_runs(Options(**options))
    assert caught.value.code is ExitCode.NO_RUNTIME
    assert message in caught.value.message and hint in caught.value.hint


def took(run: Run, seconds: float, startup: float = 1.0, failure: str = "") -> Measured:
    return Measured(WORK, run, machine(), seconds, startup, failure)


@pytest.mark.parametrize(
    ("frames", "measured", "wanted"),
    [
        (1000, [], TORCH),
        (1000, [took(OPENVINO, 0.1)], TORCH),  # nothing to compare with
        (1000, [took(TORCH, 0.3), took(OPENVINO, 0.2), took(ONNX, 0.25)], OPENVINO),
        (1000, [took(TORCH, 0.3), took(OPENVINO, 0.2), took(ONNX, 0.15)], ONNX),
        (1000, [took(TORCH, 0.3), took(OPENVINO, 0.29)], TORCH),  # not worth it
        (1000, [took(TORCH, 0.3), took(OPENVINO, 0.0, 0.0, "It fails.")], TORCH),
        (50, [took(TORCH, 0.3, 1.0), took(OPENVINO, 0.2, 8.0)], TORCH),  # 16 s against 18 s
        (100, [took(TORCH, 0.3, 1.0), took(OPENVINO, 0.2, 8.0)], OPENVINO),  # 31 s against 28 s
    ],
)
def test_the_quickest_for_so_many_frames_is_taken(frames: int, measured: list[Measured], wanted: Run) -> None:
    assert quickest((TORCH, OPENVINO, ONNX), measured, frames) == wanted


def test_what_was_measured_here_decides_for_this_model_size_and_weights() -> None:
    options = Options()
    work = work_of(options, FACTS, 1000)
    assert (work.model, work.width, work.height) == ("embedded", 420, 238) and work.weights > 20_000_000
    for run, seconds in ((TORCH, 0.3), (OPENVINO, 0.2)):
        remember(replace(took(run, seconds), work=work))
    assert choose_run(options, FACTS, 1000, 1000) == OPENVINO
    assert choose_run(options, FACTS, 1000, 3) == OPENVINO  # as quick to start, so quicker in all
    assert choose_run(replace(options, max_size=280), FACTS, 1000, 1000) == TORCH
    assert choose_run(replace(options, model="depth_anything_v2_small"), FACTS, 1000, 1000) == TORCH
    assert choose_run(replace(options, runtime="torch"), FACTS, 1000, 1000) == TORCH
    assert choose_run(replace(options, runtime="onnx"), FACTS, 1000, 1000) == ONNX


def test_the_latest_measurement_counts() -> None:
    for seconds in (0.5, 0.2):
        remember(took(TORCH, seconds))
    assert [each.seconds for each in known(WORK)] == [0.2]


@pytest.mark.parametrize("part", ["version", "_processor"])
def test_another_processor_or_library_forgets(part: str, monkeypatch: pytest.MonkeyPatch, data_folder: Path) -> None:
    remember(took(TORCH, 0.3))
    assert known(WORK)
    owner = runtimes.importlib.metadata if part == "version" else runtimes
    monkeypatch.setattr(owner, part, lambda *_: "another")
    assert known(WORK) == []
    remember(took(OPENVINO, 0.3))
    assert (data_folder / "runtimes.json").read_text().count('"machine"') == 1


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"a": 1}', '[{"work": {}}]'])
def test_a_damaged_note_is_started_anew(data_folder: Path, damage: str) -> None:
    (data_folder / "runtimes.json").write_text(damage)
    assert known() == []
    remember(took(TORCH, 0.3))
    assert len(known()) == 1


@pytest.mark.parametrize("other", [took(OPENVINO, 0.2, 8.0), took(OPENVINO, 0.2, 0.1), took(OPENVINO, 0.27, 30.0)])
def test_what_is_told_is_what_is_done(other: Measured) -> None:
    torch = took(TORCH, 0.3, 1.0)
    frames = frames_until_worth(other, torch)
    assert frames
    assert quickest((TORCH, OPENVINO), [torch, other], frames) == OPENVINO
    assert frames == 1 or quickest((TORCH, OPENVINO), [torch, other], frames - 1) == TORCH
    assert f"OpenVINO fp32 is chosen for {frames} frames and more" in told_choice([other, torch])


def test_what_saves_nothing_is_never_told_to_be_chosen() -> None:
    torch = took(TORCH, 0.3, 1.0)
    assert frames_until_worth(took(OPENVINO, 0.29, 0.1), torch) is None
    assert frames_until_worth(torch, torch) is None
    assert told_choice([torch, took(OPENVINO, 0.29)]).startswith("PyTorch is chosen (")
