# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables at the head of docs/models.md say what the registry knows; --update-pictures writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from depth_engine.cli.tables import size
from depth_engine.models import registry
from depth_engine.models.base import ModelInfo, ModelModule, Precision, ShotSpec

PAGE = Path(__file__).resolve().parents[3] / "docs" / "models.md"
BEGIN, END = "<!-- from the registry, by tests/depth_engine/models/test_page.py -->", "<!-- as far as here -->"
SHOT = ShotSpec(240, 1920, 1080)
HEAD = (
    "| model | what it is for | gives | licence | download | a frame on two cores | a frame on a card |\n"
    "|---|---|---|---|---|---|---|\n"
)


def tables() -> str:
    groups: dict[str, list[str]] = {}
    for module in registry.MODELS.values():
        groups.setdefault(module.INFO.group, []).append(row(module))
    return "\n".join(f"### {group}\n\n{HEAD}{''.join(rows)}" for group, rows in groups.items())


def row(module: ModelModule) -> str:
    info = module.INFO
    cells = (
        f"`{info.name}`",
        info.summary,
        "1/metres" if info.kind == "metric" else "disparity",
        licence(info),
        "comes with the engine" if info.included else size(sum(file.size_bytes for file in info.files)),
        cost(module, "cpu", "fp32"),
        cost(module, "cuda", info.half_precision),
    )
    return f"| {' | '.join(cells)} |\n"


def licence(info: ModelInfo) -> str:
    return f"{info.licence}: {'commercial use allowed' if info.commercial_use else '**no commercial use**'}"


def cost(module: ModelModule, device: str, precision: Precision) -> str:
    seconds = module.guess_seconds(SHOT, device)
    memory = module.execution_plans(SHOT, device, precision)[0].device_bytes
    return f"{f'{seconds:.1f} s' if seconds >= 1 else f'{1000 * seconds:.0f} ms'}, {size(memory)}"


def test_the_page_tells_what_the_registry_knows(request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = re.compile(f"(?<={re.escape(BEGIN)}\n\n).*?(?=\n{re.escape(END)})", re.DOTALL)
    assert told.search(text)
    if request.config.getoption("--update-pictures"):
        text = told.sub(lambda _: tables(), text)
        PAGE.write_text(text, encoding="utf-8")
    assert f"{BEGIN}\n\n{tables()}\n{END}" in text


@pytest.mark.parametrize("name", registry.MODELS)
def test_each_model_is_described_below(name: str) -> None:
    """In a section of its own or of its family."""
    text = PAGE.read_text(encoding="utf-8").partition(END)[2]
    sections = re.findall(r"^## (\w+)$", text, re.MULTILINE)
    assert any(name == section or name.startswith(f"{section}_") for section in sections), name
