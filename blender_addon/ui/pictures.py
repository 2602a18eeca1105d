# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures in panels: Blender shows them as large icons, which it reads by itself and only once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import bpy
import bpy.utils.previews

_loaded: list[Any] = []  # the one collection, once something was shown


def draw_picture(layout: bpy.types.UILayout, path: Path, scale: float) -> None:
    """A picture file; scale: its longest side in units of a button's height."""
    if not _loaded:
        _loaded.append(bpy.utils.previews.new())
    pictures, name = _loaded[0], str(path)
    if name not in pictures and path.is_file():
        pictures.load(name, name, "IMAGE")
    if name in pictures:
        layout.template_icon(icon_value=cast(int, pictures[name].icon_id), scale=scale)


def forget() -> None:
    """Give the pictures back: the add-on is being disabled."""
    while _loaded:
        bpy.utils.previews.remove(_loaded.pop())
