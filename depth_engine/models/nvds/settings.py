# SPDX-License-Identifier: Apache-2.0
"""What a shot costs with the stabiliser: sizes, time, memory. Imports nothing heavy."""

from __future__ import annotations

import math
from dataclasses import replace

from depth_engine.models.base import Precision, Settings, ShotSpec
from depth_engine.models.nvds.published import PUBLISHED
from depth_engine.models.patches import patched_size, shown_size

SHORTER_SIDE, UNIT = 384, 32
"""Pixels on the shorter side, as published, and of one place of the encoder's coarsest map."""

PARAMETERS = 88_537_890
"""Of the published file."""

OPERATIONS_PER_SECOND = {"cpu": 0.05e12, "cuda": 3e12, "mps": 0.5e12}
"""A guess until this machine was measured: two CPU cores, a large card, an Apple GPU; much of it waits for memory."""

ENCODING, STABILIZING = 0.5e6, 1.6e6
"""Floating-point operations for each pixel, counted: once a frame, and for each direction."""

ACTIVATION_BYTES = 6500
"""For each pixel, in float32; bounds what was measured on a CPU."""

KEPT = 7
"""Frames whose features are kept at once."""

LOADING_BYTES, CONTEXT = 150_000_000, 600_000_000


def processed_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height, multiples of 32, with the aspect that the picture has on a screen: 384 on the shorter side."""
    return patched_size(spec, SHORTER_SIDE / min(shown_size(spec)), UNIT)


def inner_spec(spec: ShotSpec) -> ShotSpec:
    """The shot as the other model sees it: it has none of the stabiliser's settings."""
    return replace(spec, settings=Settings())


def seconds(spec: ShotSpec, device: str) -> float:
    """For each frame, without its first depth."""
    directions = 1 if spec.settings.streaming else 2
    operations = math.prod(processed_size(spec)) * (ENCODING + directions * STABILIZING)
    return operations / OPERATIONS_PER_SECOND[device.partition(":")[0]]


def memory(spec: ShotSpec, device: str, precision: Precision) -> tuple[int, int]:
    """Bytes on the device and beside it, without those of the first depth's model."""
    size, pixels = 4 if precision == "fp32" else 2, math.prod(processed_size(spec))
    activations = ACTIVATION_BYTES * pixels * size // 4
    kept = KEPT * pixels * (PUBLISHED.features * size // 16 + 7)
    weights, read = PARAMETERS * size, PARAMETERS * 4
    if device != "cpu":
        return weights + activations + kept + CONTEXT, read + LOADING_BYTES
    converted = 0 if precision == "fp32" else read  # the file's own tensors are used where nothing is converted
    return weights + converted + activations + kept + LOADING_BYTES, 0
