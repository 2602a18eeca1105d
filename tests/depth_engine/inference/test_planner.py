# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to run that is chosen for the memory that is free. Cards are played by their free memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from depth_engine.contract import ExitCode, Options, Plan, Problem, SourceFacts
from depth_engine.inference import device as device_module
from depth_engine.inference.planner import choose_execution, make_plan, smaller_executions
from depth_engine.models.base import ExecutionPlan

FACTS = SourceFacts(1024, 576, 1000, "24", 1000 / 24, True, 0.0, 0, "1", "h264", False)
OPTIONS = Options(model="depthcrafter", device="cuda")
WEIGHTS = Path(__file__).resolve().parents[2] / "data/depthcrafter"
GB = 10**9

Chosen = tuple[str, bool, int, int | None, int | None]


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], None]:
    """Set the free gigabytes of the card and of the computer."""

    def set_free(card: float, computer: float = 32) -> None:
        free = {"cpu": computer, "cuda:0": card}
        monkeypatch.setattr(device_module, "free_memory", lambda device: int(free[device] * GB))

    monkeypatch.setattr(device_module, "devices", lambda: ["cuda:0", "cpu"])
    monkeypatch.setattr(device_module, "choose_precision", lambda wanted, device, half: half)
    return set_free


def chosen(card: float, options: Options = OPTIONS) -> ExecutionPlan:
    return choose_execution(options, FACTS, 1000, "cuda:0", "fp16", int(card * GB))


def facts_of(plan: ExecutionPlan) -> Chosen:
    return plan.residency, plan.chunked, plan.decode_chunk, plan.max_size, plan.window


@pytest.mark.parametrize(
    ("card", "asked", "smaller"),
    [  # 1024x576 in windows of 110, as asked and with --allow-smaller
        (26, ("resident", False, 8, None, None), ("resident", False, 8, None, None)),
        (24, ("resident", True, 8, None, None), ("resident", True, 8, None, None)),
        (15.5, ("swapped", True, 8, None, None), ("swapped", True, 8, None, None)),
        (11.5, ("offloaded", True, 8, None, None), ("offloaded", True, 8, None, None)),
        (10.8, ("offloaded", True, 4, None, None), ("offloaded", True, 4, None, None)),
        (8, ("offloaded", True, 4, None, None), ("offloaded", True, 8, 768, None)),
        (5.5, ("offloaded", True, 4, None, None), ("offloaded", True, 8, 640, None)),
        (4, ("offloaded", True, 4, None, None), ("offloaded", True, 8, 512, None)),
        (3, ("offloaded", True, 4, None, None), ("offloaded", True, 4, 512, 50)),
    ],
)
def test_each_card_gets_the_quickest_way_that_fits(
    memory: Callable[[float], None], card: float, asked: Chosen, smaller: Chosen
) -> None:
    memory(card)
    assert facts_of(chosen(card)) == asked
    assert facts_of(chosen(card, replace(OPTIONS, allow_smaller=True))) == smaller


def plan_of(options: Options, tmp_path: Path, facts: SourceFacts = FACTS) -> Plan:
    return make_plan(options, facts, range(1, facts.frame_count + 1), tmp_path)


def shortages(options: Options, folder: Path) -> list[Problem]:
    """A plan's problems, but for the weights that are not here."""
    return [it for it in plan_of(options, folder).problems if it.code != ExitCode.MISSING_WEIGHTS]


def test_what_does_not_fit_is_refused_with_what_would(memory: Callable[[float], None], tmp_path: Path) -> None:
    memory(8)
    (problem,) = shortages(replace(OPTIONS, output_size="512"), tmp_path)
    assert "8.0 GB are free" in problem.message
    assert problem.hint.startswith("It fits with --max-size 768 or --window 50")
    hinted = replace(OPTIONS, output_size="512")
    assert not shortages(replace(hinted, max_size=768), tmp_path)
    assert not shortages(replace(hinted, window=50), tmp_path)
    allowed = plan_of(replace(hinted, allow_smaller=True), tmp_path)
    assert all(problem.code == ExitCode.MISSING_WEIGHTS for problem in allowed.problems)
    assert (allowed.processed_width, allowed.processed_height) == (768, 448)
    assert "seen with at most 768 pixels a side to fit" in allowed.execution


def test_without_memory_for_the_weights_beside_the_card_they_are_stored_in_8_bits(
    memory: Callable[[float, float], None],
) -> None:
    memory(12.5, 32)
    assert chosen(12.5).residency == "offloaded"
    memory(12.5, 5)
    assert chosen(12.5).residency == "fp8"


def test_the_steps_down_keep_size_and_window_and_need_less_of_the_card(memory: Callable[[float], None]) -> None:
    memory(8)
    first = chosen(8, replace(OPTIONS, allow_smaller=True, max_size=2048))
    plans = smaller_executions(OPTIONS, FACTS, 1000, "cuda:0", first)
    assert all(plan.device_bytes < first.device_bytes and plan.max_size == first.max_size for plan in plans)
    every = smaller_executions(OPTIONS, FACTS, 1000, "cuda:0", chosen(26))
    assert [plan.residency for plan in every][:3] == ["resident", "swapped", "offloaded"]
    assert all(plan.decode_chunk == 8 for plan in every[:3])
    assert smaller_executions(OPTIONS, FACTS, 1000, "cuda:0", every[-1]) == ()


def test_the_references_numbers_are_kept_by_every_way(memory: Callable[[float], None]) -> None:
    memory(4)
    options = replace(OPTIONS, compat="reference")
    plans = [chosen(30, options), *smaller_executions(options, FACTS, 1000, "cuda:0", chosen(30, options))]
    assert {(plan.stock, plan.chunked, plan.decode_chunk) for plan in plans} == {(True, False, 8)}
    assert {plan.residency for plan in plans} == {"resident", "swapped", "offloaded"}


def test_small_networks_of_a_folder_are_not_taken_for_the_published_ones(
    memory: Callable[[float, float], None], tmp_path: Path
) -> None:
    memory(0, 4)
    facts = replace(FACTS, width=256, height=128)
    options = Options(model="depthcrafter", device="cpu", precision="fp32", shots="off")
    published, tiny = (plan_of(replace(options, weights=w), tmp_path, facts) for w in (None, str(WEIGHTS)))
    assert published.problems and not tiny.problems
    assert tiny.seconds < published.seconds / 20
    more_steps = plan_of(replace(options, weights=str(WEIGHTS), steps=10), tmp_path, facts)
    assert more_steps.seconds > tiny.seconds
