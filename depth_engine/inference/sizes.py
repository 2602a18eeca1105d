# SPDX-License-Identifier: Apache-2.0
"""How large a picture is on its way: as stored, written, and as the proxy for Blender. Sizes are (width, height)."""

from __future__ import annotations

import math

Size = tuple[int, int]

PROXY_PIXELS = 150_000
"""The proxy keeps Blender's default grid at this many vertices at most, whatever the footage's size."""


def output_size(option: str, source: Size, processed: Size) -> Size:
    """The size of written depth for `Options.output_size`: "source", "processed", or the longest side in pixels."""
    if option == "source":
        return source
    if option == "processed":
        return processed
    return fit(source, int(option))


def fit(size: Size, longest: int) -> Size:
    """The size with this longest side and the same aspect."""
    scale = longest / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def proxy_size(output: Size, most: int = PROXY_PIXELS) -> Size:
    """At most `most` pixels with the aspect kept; the output's own size where that is small enough.

    Of the heights within a tenth of the largest possible one, the one whose whole-number width keeps the aspect best.
    """
    width, height = output
    if width * height <= most:
        return output
    aspect = width / height
    highest = min(most, max(1, math.isqrt(most * height // width)))
    heights = range(highest, math.ceil(highest * 0.9) - 1, -1)
    sizes = [(max(1, min(most // h, round(h * aspect))), h) for h in heights]
    return min(sizes, key=lambda size: abs(math.log(size[0] / size[1] / aspect)))
