# SPDX-License-Identifier: Apache-2.0
"""The size at which the networks see a shot. Imports nothing heavy."""

from __future__ import annotations

from depth_engine.models.base import ShotSpec
from depth_engine.models.patches import shown_size

UNIT = 64
"""Pixels of one cell at the UNet's lowest level: the networks see pictures whose sides are multiples of it."""

LATENT_SCALE = 8
"""Pixels of a latent, along each side."""

LONGEST_SIDE = 1024
"""What the published models were trained up to, and their default size."""


def content_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height that the footage is resized to.

    By default its shown aspect is kept, and it is never enlarged; the published codes round each side to a multiple of
    64 and forget the aspect.
    """
    limit = spec.max_size or LONGEST_SIDE
    if spec.settings.compat == "reference":
        scale = min(1.0, limit / max(spec.width, spec.height))
        if max(_rounded(spec.width), _rounded(spec.height)) <= limit:
            scale = 1.0
        return max(UNIT, _rounded(spec.width * scale)), max(UNIT, _rounded(spec.height * scale))
    width, height = shown_size(spec)
    scale = min(1.0, limit / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def processed_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height of the pictures that the networks see: the content with its edges repeated up to multiples of
    64.
    """
    width, height = content_size(spec)
    return -(-width // UNIT) * UNIT, -(-height // UNIT) * UNIT


def _rounded(side: float) -> int:
    return round(side / UNIT) * UNIT
