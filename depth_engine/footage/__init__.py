# SPDX-License-Identifier: Apache-2.0
"""Footage: movies and image sequences as a stream of numbered frames."""

from __future__ import annotations

from pathlib import Path

from depth_engine.contract import MovieSource, Source
from depth_engine.footage.choose import choose_frames
from depth_engine.footage.frame import Footage, Frame
from depth_engine.footage.images import Images
from depth_engine.footage.movie import Movie
from depth_engine.footage.sources import find_source

__all__ = ["Footage", "Frame", "choose_frames", "find_source", "open_footage"]


def open_footage(source: Source) -> Footage:
    """Open footage and index it: the frame count is exact. Raises DepthError BAD_INPUT if it cannot be read."""
    return Movie(Path(source.path)) if isinstance(source, MovieSource) else Images(source)
