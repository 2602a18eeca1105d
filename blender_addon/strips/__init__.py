# SPDX-License-Identifier: GPL-3.0-or-later
"""Strips of the Video Sequencer: as plain data, as rendered frames, and their depth back on the timeline."""

from .bond import is_depth_strip
from .depth_strip import add_depth_strip
from .describe import describe
from .description import Direct, Rendered, StripDescription, decide
from .export import FrameExport
from .find import find_strip, place, strip_id
from .follow import Followed, follow
from .numbered import export_numbered
from .pairs import Pair, depth_strips, depth_strips_of
from .placement import Placement

__all__ = [
    "Direct",
    "Followed",
    "FrameExport",
    "Pair",
    "Placement",
    "Rendered",
    "StripDescription",
    "add_depth_strip",
    "decide",
    "depth_strips",
    "depth_strips_of",
    "describe",
    "export_numbered",
    "find_strip",
    "follow",
    "is_depth_strip",
    "place",
    "strip_id",
]
