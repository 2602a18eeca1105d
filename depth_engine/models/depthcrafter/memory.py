# SPDX-License-Identifier: Apache-2.0
"""What a shot asks of the networks. Imports nothing heavy."""

from __future__ import annotations

import math

from depth_engine.models.base import ShotSpec
from depth_engine.models.depthcrafter.settings import ENCODE_CHUNK, resolve
from depth_engine.models.svd.memory import Work
from depth_engine.models.svd.sizes import processed_size


def work(spec: ShotSpec) -> Work:
    """Windows overlap, guidance doubles a step, and where drift is looked for overlaps are decoded twice more."""
    settings = resolve(spec)
    denoised = sum(len(window) for window in settings.windows) / spec.frame_count
    compared = 0 if settings.reference else 2 * sum(window.overlap for window in settings.windows) / spec.frame_count
    return Work(
        pixels=math.prod(processed_size(spec)),
        frames=spec.frame_count,
        window=settings.longest_window,
        encoded=ENCODE_CHUNK,
        evaluations=settings.steps * (2 if settings.guidance > 1 else 1) * denoised,
        decodings=1 + compared,
        decode_chunk=spec.settings.decode_chunk,
        exact=settings.reference,
    )
