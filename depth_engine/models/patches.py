# SPDX-License-Identifier: Apache-2.0
"""What networks see that look at a picture in square patches: sizes of whole patches, with the aspect kept."""

from __future__ import annotations

import math

from depth_engine.models.base import ShotSpec

PATCH = 14
"""Pixels of one patch of DINOv2, along each side."""


def shown_size(spec: ShotSpec) -> tuple[float, float]:
    """Width and height of a frame as it is shown on a screen: its smaller pixels are widened, none is narrowed."""
    return spec.width * max(1.0, spec.pixel_aspect), spec.height / min(1.0, spec.pixel_aspect)


def patched_size(spec: ShotSpec, scale: float, patch: int = PATCH, largest: float = 1.0) -> tuple[int, int]:
    """Width and height, multiples of `patch`, with the aspect that the picture has on a screen.

    scale: of the shown size by default; with `max_size` the picture is as large as that allows. Never more than
    `largest` times the footage, but for the last patch.
    """
    width, height = shown_size(spec)
    wanted = spec.max_size / max(width, height) if spec.max_size else scale
    patches = min(largest, wanted) / patch
    longest, shortest = max(width, height) * patches, min(width, height) * patches
    limit = math.ceil(longest) if spec.max_size is None else min(math.ceil(longest), max(1, spec.max_size // patch))
    aspect = longest / shortest
    shorts = {max(1, math.floor(shortest)), math.ceil(shortest)}
    sizes = [(min(limit, max(1, round(short * aspect))), short) for short in shorts]
    long, short = min(sizes, key=lambda size: abs(math.log(size[0] / size[1] / aspect)))
    return (long * patch, short * patch) if width >= height else (short * patch, long * patch)
