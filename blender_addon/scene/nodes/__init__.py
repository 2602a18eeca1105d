# SPDX-License-Identifier: GPL-3.0-or-later
"""The Geometry Nodes groups that play a result, and their inputs."""

from .group import depth_group
from .inputs import FLAT, FRAMES, PERSPECTIVE, SIZE_SCREEN, SIZE_WORLD, Kind
from .modifier import get_input, has_input, input_path, modifier_input, set_input

__all__ = [
    "FLAT",
    "FRAMES",
    "PERSPECTIVE",
    "SIZE_SCREEN",
    "SIZE_WORLD",
    "Kind",
    "depth_group",
    "get_input",
    "has_input",
    "input_path",
    "modifier_input",
    "set_input",
]
