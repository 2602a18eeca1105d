# SPDX-License-Identifier: Apache-2.0
"""Sizes of a shot, with the model's defaults filled in. Imports nothing heavy."""

from __future__ import annotations

from depth_engine.models.base import ShotSpec
from depth_engine.models.patches import shown_size

UNIT = 8
"""Pixels of one latent, along each side: the networks see pictures whose sides are multiples of it."""

LONGEST_SIDE = 768
"""What the networks were trained at, and see by default."""


def content_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height that the footage is resized to: its shown aspect is kept, and it is never enlarged."""
    width, height = shown_size(spec)
    scale = min(1.0, (spec.max_size or LONGEST_SIDE) / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def processed_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height of the pictures that the networks see: the content with its edges repeated up to multiples of
    UNIT.
    """
    width, height = content_size(spec)
    return -(-width // UNIT) * UNIT, -(-height // UNIT) * UNIT
