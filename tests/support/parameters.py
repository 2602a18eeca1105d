# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of published parameters in tests/data/parameters, whose headers name their public sources."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "data" / "parameters"

Shapes = dict[str, tuple[int, ...]]


def read_table(name: str) -> Shapes:
    """Every parameter's shape by its name."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    table = {parameter: tuple(map(int, shape.split("x"))) for parameter, shape in rows}
    assert len(table) == len(rows)
    return table
