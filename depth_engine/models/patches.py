# SPDX-License-Identifier: Apache-2.0
"""Sizes of pictures for networks that see patches of 14 pixels (DINOv2). Imports nothing heavy."""

from __future__ import annotations

import math

from depth_engine.models.base import ShotSpec

PATCH = 14
"""Pixels of one token: the network sees pictures whose sides are multiples of it."""


def shown_size(spec: ShotSpec) -> tuple[float, float]:
    """Width and height that the picture has on a screen, in its own pixels."""
    return spec.width * max(1.0, spec.pixel_aspect), spec.height / min(1.0, spec.pixel_aspect)


def patched_size(spec: ShotSpec, wanted: float) -> tuple[int, int]:
    """Width and height, multiples of PATCH, with the aspect that the picture has on a screen.

    wanted: their scale against the shown picture; with the spec's `max_size` as large as that allows instead. Never
    larger than the footage, but for the last token.
    """
    width, height = shown_size(spec)
    scale = min(1.0, spec.max_size / max(width, height) if spec.max_size else wanted) / PATCH
    longest, shortest = max(width, height) * scale, min(width, height) * scale  # in tokens
    limit = math.ceil(longest) if spec.max_size is None else min(math.ceil(longest), spec.max_size // PATCH)
    aspect = longest / shortest
    shorts = {max(1, math.floor(shortest)), math.ceil(shortest)}
    sizes = [(min(limit, max(1, round(short * aspect))), short) for short in shorts]
    long, short = min(sizes, key=lambda size: abs(math.log(size[0] / size[1] / aspect)))
    return (long * PATCH, short * PATCH) if width >= height else (short * PATCH, long * PATCH)
