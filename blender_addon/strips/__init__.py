# SPDX-License-Identifier: GPL-3.0-or-later
"""Strips of the Video Sequencer: as plain data, as rendered frames, and their depth back on the timeline."""

from .depth_strip import add_depth_strip, is_depth_strip
from .describe import describe
from .description import Direct, Rendered, StripDescription, decide
from .export import FrameExport
from .find import find_strip, place, strip_id
from .numbered import export_numbered
from .placement import Placement

__all__ = [
    "Direct",
    "FrameExport",
    "Placement",
    "Rendered",
    "StripDescription",
    "add_depth_strip",
    "decide",
    "describe",
    "export_numbered",
    "find_strip",
    "is_depth_strip",
    "place",
    "strip_id",
]
