# SPDX-License-Identifier: GPL-3.0-or-later
"""The Geometry Nodes groups that play a result, and their inputs."""

from .group import Kind, depth_group
from .inputs import FLAT, PERSPECTIVE, input_path, set_input

__all__ = ["FLAT", "PERSPECTIVE", "Kind", "depth_group", "input_path", "set_input"]
