# SPDX-License-Identifier: GPL-3.0-or-later
"""The device and precision that are chosen. Machines with graphics cards are played by torch's own questions."""

from __future__ import annotations

from typing import Literal

import psutil
import pytest
import torch

from depth_engine.contract import DepthError, ExitCode
from depth_engine.inference import device
from depth_engine.inference.device import choose_device, choose_precision, describe, devices, free_memory


@pytest.fixture
def two_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(device, "_computes", lambda name: True)


def test_the_cpu_is_always_there() -> None:
    assert devices()[-1] == "cpu"
    assert choose_device("cpu") == "cpu"
    assert choose_device("auto") == devices()[0]


@pytest.mark.parametrize("wanted", ["cuda:17", "tpu", "", "cuda:-1", "cuda:x"])
def test_a_device_that_is_not_there_is_answered_with_those_that_are(wanted: str) -> None:
    with pytest.raises(DepthError) as caught:
        choose_device(wanted)
    assert caught.value.code is ExitCode.NO_DEVICE
    assert repr(wanted) in caught.value.message
    assert "cpu" in caught.value.message


@pytest.mark.usefixtures("two_cards")
def test_the_first_card_is_preferred_and_another_can_be_named() -> None:
    assert choose_device("auto") == "cuda:0"
    assert choose_device("cuda") == "cuda:0"
    assert choose_device("cuda:1") == "cuda:1"
    with pytest.raises(DepthError) as caught:
        choose_device("cuda:2")
    assert "cuda:0 and cuda:1 and" in caught.value.message


@pytest.mark.usefixtures("two_cards")
def test_a_card_that_this_torch_cannot_use_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_computes", lambda name: name == "cuda:1")
    assert choose_device("auto") == "cuda:1"
    with pytest.raises(DepthError):
        choose_device("cuda:0")


def test_a_listed_device_without_kernels_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)  # where it is not, its first sum fails
    assert ("mps" in devices()) == torch.backends.mps.is_built()


def test_what_is_wanted_is_used() -> None:
    for precision in ("fp32", "fp16", "bf16"):
        assert choose_precision(precision, "cpu") == precision


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({}, "fp32"),
        ({"avx2": True, "avx512_f": True}, "fp32"),
        ({"avx512_bf16": True}, "bf16"),
        ({"amx_bf16": True}, "bf16"),
    ],
)
def test_a_cpu_computes_in_bfloat16_only_where_that_is_quicker(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], expected: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert choose_precision("auto", "cpu") == expected


def test_torch_tells_what_the_processor_can() -> None:
    """The keys that the choice asks for exist, so that a renamed one is noticed here and not by slowness."""
    if torch.cpu.get_capabilities()["architecture"] == "x86_64":
        assert {"avx512_bf16", "amx_bf16"} <= torch.cpu.get_capabilities().keys()


@pytest.mark.parametrize(
    ("half", "bf16", "capability", "expected"),
    [
        ("bf16", True, (8, 9), "bf16"),
        ("bf16", False, (7, 5), "fp16"),
        ("bf16", False, (6, 1), "fp32"),
        ("fp16", True, (8, 9), "fp16"),
        ("fp16", False, (6, 1), "fp32"),
    ],
)
def test_a_card_computes_in_what_its_hardware_and_the_model_have(
    monkeypatch: pytest.MonkeyPatch,
    half: Literal["fp16", "bf16"],
    bf16: bool,
    capability: tuple[int, int],
    expected: str,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: bf16 or including_emulation)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda name: capability)
    assert choose_precision("auto", "cuda:0", half) == expected


def test_free_memory_is_the_machines_or_the_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 < free_memory("cpu") <= psutil.virtual_memory().total
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda name: (7, 16) if name == "cuda:1" else (3, 16))
    assert free_memory("cuda:1") == 7
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 16)
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: 4)
    assert free_memory("mps") == 12


def test_people_read_names_of_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda name: f"Card of {name}")
    assert describe("cuda:1") == "Card of cuda:1 (cuda:1)"
    assert describe("mps") == "Apple GPU (mps)"
    assert describe("cpu").startswith("CPU, ")
