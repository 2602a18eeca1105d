# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's models, once it has told them, and how the menu lists them. Plain data: no bpy."""

from __future__ import annotations

from .engine.contract import ModelEntry
from .figures import data_size

Item = tuple[str, str, str]

known: list[ModelEntry] = []
"""In the engine's order; empty until it has answered."""

_items: list[Item] = []  # Blender does not keep the texts of a dynamic list: somebody has to


def find(name: str) -> ModelEntry | None:
    """What the engine told about a model; None if it has not (yet)."""
    return next((model for model in known if model.name == name), None)


def menu_items(chosen: str) -> list[Item]:
    """The menu's lines; `chosen` is among them even if the engine has not told about it."""
    _items[:] = [(model.name, _label(model), model.summary) for model in known]
    if find(chosen) is None:
        _items.append((chosen, chosen, "The engine has not told about this model"))
    return _items


def _label(model: ModelEntry) -> str:
    """Title, size, whether work that is sold may use it, and licence: a narrow menu shows the beginning."""
    use = () if model.commercial_use else ("No Commercial Use",)
    return " · ".join((model.title, data_size(model.size_bytes), *use, model.licence))
