# SPDX-License-Identifier: GPL-3.0-or-later
"""The Geometry Nodes groups that play a result, and their inputs."""

from .group import depth_group, is_depth_group
from .inputs import (
    FLAT,
    FRAMES,
    MASK_ALPHA,
    MASK_BRIGHTNESS,
    MASK_OFF,
    PERSPECTIVE,
    SIZE_SCREEN,
    SIZE_WORLD,
    Kind,
    Section,
    sections,
)
from .modifier import get_input, has_input, input_path, input_property, set_input

__all__ = [
    "FLAT",
    "FRAMES",
    "MASK_ALPHA",
    "MASK_BRIGHTNESS",
    "MASK_OFF",
    "PERSPECTIVE",
    "SIZE_SCREEN",
    "SIZE_WORLD",
    "Kind",
    "Section",
    "depth_group",
    "get_input",
    "has_input",
    "input_path",
    "input_property",
    "is_depth_group",
    "sections",
    "set_input",
]
