# SPDX-License-Identifier: GPL-3.0-or-later
"""Pressing buttons where there is no window."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

import bpy


def press_button(classes: Iterable[type], operator: str, **properties: Any) -> set[str]:
    """Invoke one of the add-on's operators; without a window Blender itself would execute it at once."""
    kind = next(kind for kind in classes if getattr(kind, "bl_idname", "") == f"sequencer.{operator}")
    button = types.SimpleNamespace(report=lambda kind, text: None, bl_label=kind.bl_label, **properties)
    for owner in reversed(kind.__mro__):
        for name, value in vars(owner).items():
            if isinstance(value, types.FunctionType):
                setattr(button, name, types.MethodType(value, button))
    assert kind.poll(bpy.context)
    return button.invoke(bpy.context, None)
