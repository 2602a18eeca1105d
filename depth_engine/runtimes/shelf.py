# SPDX-License-Identifier: Apache-2.0
"""Where exported networks lie, what they take, and how they are cleared away. Imports nothing heavy."""

from __future__ import annotations

import shutil
from pathlib import Path

from depth_engine.contract import user_data_folder


def shelf(model: str) -> Path:
    """The folder of a model's exported networks."""
    return user_data_folder() / "graphs" / model


def graph_bytes(model: str) -> int:
    """What a model's exported networks take on disk."""
    return sum(path.stat().st_size for path in shelf(model).rglob("*") if path.is_file())


def remove_graphs(model: str) -> int:
    """Delete a model's exported networks; returns the bytes freed. They are made again when they are needed."""
    before = graph_bytes(model)
    shutil.rmtree(shelf(model), ignore_errors=True)  # on Windows what a running job reads stays
    return before - graph_bytes(model)
