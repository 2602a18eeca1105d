# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's models, once it has told them, and how the menu lists them. Plain data: no bpy."""

from __future__ import annotations

import functools

from .engine.contract import ModelEntry
from .figures import data_size

Item = tuple[str, str, str]

SETTINGS = ("steps", "guidance", "window", "overlap", "ensemble", "seed")
"""What the panel offers of models that have it; 0 leaves it to the model."""

SWITCHES = ("stabilise", "streaming")
"""What else it offers of models that have it; off by default."""

known: list[ModelEntry] = []
"""In the engine's order; empty until it has answered."""


def find(name: str) -> ModelEntry | None:
    """What the engine told about a model; None if it has not (yet)."""
    return next((model for model in known if model.name == name), None)


def menu_items(chosen: str) -> list[Item]:
    """The menu's lines; `chosen` is among them even if the engine has not told about it."""
    return _menu_items(tuple(known), chosen)


@functools.cache  # Blender does not keep the texts of a dynamic list but looks at them later: somebody has to
def _menu_items(models: tuple[ModelEntry, ...], chosen: str) -> list[Item]:
    items = [(model.name, _label(model), model.summary) for model in models]
    if all(model.name != chosen for model in models):
        items.append((chosen, chosen, "The engine has not told about this model"))
    return items


def grouped() -> dict[str, list[ModelEntry]]:
    """The models under the headings of the menu, both in the engine's order."""
    groups: dict[str, list[ModelEntry]] = {}
    for model in known:
        groups.setdefault(model.group, []).append(model)
    return groups


def _label(model: ModelEntry) -> str:
    """Title, size, whether work that is sold may use it, and licence: a narrow menu shows the beginning."""
    use = () if model.commercial_use else ("No Commercial Use",)
    return " · ".join((model.title, data_size(model.size_bytes), *use, model.licence))
