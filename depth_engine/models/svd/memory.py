# SPDX-License-Identifier: Apache-2.0
"""What a shot costs: operations, memory, and the ways to make it fit. Imports nothing heavy.

The figures for a pixel were counted over the published networks in half precision. Only the CPU's memory has been held
against a running process.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from depth_engine.models.base import ExecutionPlan, Precision
from depth_engine.models.svd.folder import PUBLISHED, NetworkSizes

CLIP_OPERATIONS = 0.335e12
OPERATIONS_PER_PIXEL = {"encode": 4.42e6, "step": 5.43e6, "decode": 11.77e6}
"""Counted at 1024x576 over the published networks; less for smaller pictures, where attention counts less."""

OPERATIONS_PER_SECOND = {"cpu": 0.1e12, "cuda": 60e12, "mps": 4e12}
"""A guess until this machine was measured: two CPU cores, a large card in half precision, an Apple GPU."""

BYTES_PER_PIXEL = {"encode": 2580, "decode": 2050}
"""Activations for each pixel of each frame worked on at once; encode in float32, decode in half precision."""

UNET_BYTES_PER_PIXEL, UNET_BYTES_SLICED = 270, 135
"""The same for the UNet, for each pixel of each frame of a window."""

OFFLOADED_SHARE, FP8_SHARE = 0.1, 0.6
"""Of the UNet's weights in half precision on the card: fetched one part of a block at a time (100 million
parameters at most); in 8 bits, where norms and convolutions over time keep theirs.
"""

CONTEXT, FRAGMENTS = 0.6e9, 1.1
"""Of a card, besides what was counted."""

CPU_BUFFERS = 2.0
"""Kernels on CPUs have buffers of their own: this bounds what was measured over what was counted, with AVX2 and with
AVX-512.
"""

DECODE_CHUNK = 8
"""Frames decoded at once, as the published codes do."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a shot asks of the networks.

    pixels: of a picture as they see it. frames: of the shot. window: frames that the UNet sees at once, at most;
    encoded: that the VAE does. evaluations, decodings: of the UNet and of the decoder for each frame of the shot.
    decode_chunk: frames decoded at once, None where nobody asked for a number. exact: only the published operations in
    the published order will do.
    """

    pixels: int
    frames: int
    window: int
    encoded: int
    evaluations: float
    decodings: float
    decode_chunk: int | None
    exact: bool


def operations(work: Work, sizes: NetworkSizes) -> float:
    """Floating-point operations for each frame."""
    per_pixel = OPERATIONS_PER_PIXEL
    return CLIP_OPERATIONS * sizes.clip / PUBLISHED.clip + work.pixels * (
        per_pixel["encode"] * sizes.encoder / PUBLISHED.encoder
        + work.evaluations * per_pixel["step"] * sizes.unet / PUBLISHED.unet
        + work.decodings * per_pixel["decode"] * sizes.decoder / PUBLISHED.decoder
    )


def seconds(work: Work, sizes: NetworkSizes, device: str) -> float:
    """For each frame, from its operations and what a device of this kind usually does."""
    return operations(work, sizes) / OPERATIONS_PER_SECOND[device.partition(":")[0]]


def execution_plans(work: Work, sizes: NetworkSizes, device: str, precision: Precision) -> tuple[ExecutionPlan, ...]:
    """The ways to run such a shot, quickest first, each smaller than the last on the device or beside it.

    Slices and weights that move change no result. What changes it a little comes after them, and never where the
    published code's numbers are wanted: the UNet's weights in 8 bits, which need more of the card than fetching them
    but less of the computer's memory (only cards convert them quickly), then fewer frames decoded at once, unless
    somebody asked for a number.
    """
    plans = [ExecutionPlan(precision, decode_chunk=work.decode_chunk or DECODE_CHUNK, stock=work.exact)]
    if not work.exact:
        plans.append(replace(plans[-1], chunked=True))
    if device.startswith("cuda"):
        plans += [replace(plans[-1], residency=moved) for moved in ("swapped", "offloaded")]
    smallest = plans[-1]
    if not work.exact:
        if device.startswith("cuda"):
            plans.append(replace(smallest, residency="fp8"))
        if work.decode_chunk is None:
            plans += [replace(smallest, decode_chunk=fewer) for fewer in (4, 2)]
    return _useful([_sized(plan, work, device, sizes) for plan in plans])


def _useful(plans: list[ExecutionPlan]) -> tuple[ExecutionPlan, ...]:
    """Without those that need as much of both memories as one before them."""
    kept: list[ExecutionPlan] = []
    for plan in plans:
        if all(plan.device_bytes < other.device_bytes or plan.host_bytes < other.host_bytes for other in kept):
            kept.append(plan)
    return tuple(kept)


def _sized(plan: ExecutionPlan, work: Work, device: str, sizes: NetworkSizes) -> ExecutionPlan:
    """The plan with its memory: the largest stage's activations and the weights that lie beside it."""
    size = 4 if plan.precision == "fp32" else 2
    decoder_size = 4 if device == "cpu" else size
    unet_width, vae_width = sizes.unet_width / PUBLISHED.unet_width, sizes.vae_width / PUBLISHED.vae_width
    per_pixel = UNET_BYTES_SLICED if plan.chunked else UNET_BYTES_PER_PIXEL
    encoded, decoded = (1 if plan.chunked else work.encoded), min(plan.decode_chunk, work.frames)
    activations = {
        "encode": encoded * work.pixels * vae_width * BYTES_PER_PIXEL["encode"],
        "denoise": work.window * work.pixels * unet_width * per_pixel * size / 2,
        "decode": decoded * work.pixels * vae_width * BYTES_PER_PIXEL["decode"] * decoder_size / 2,
    }
    weights = {
        "encode": sizes.clip * size + sizes.encoder * 4,
        "denoise": sizes.unet * size * (FP8_SHARE if plan.residency == "fp8" else 1.0),
        "decode": sizes.decoder * decoder_size,
    }
    return replace(plan, **_bytes(plan, device, activations, weights))


def _bytes(
    plan: ExecutionPlan, device: str, activations: Mapping[str, float], weights: Mapping[str, float]
) -> dict[str, int]:
    everything = sum(weights.values())
    if plan.residency == "resident":
        live, busy = everything, max(activations.values())
        beside = everything if device.startswith("cuda") and plan.precision != "fp16" else 0.0  # converted on the way
    else:
        share = OFFLOADED_SHARE if plan.residency == "offloaded" else 1.0
        there = {**weights, "denoise": share * weights["denoise"]}
        live, busy = max(((there[stage], activations[stage]) for stage in there), key=sum)
        beside = everything
    on_device = live + busy * CPU_BUFFERS if device == "cpu" else (live + busy) * FRAGMENTS + CONTEXT
    return {"device_bytes": math.ceil(on_device), "host_bytes": math.ceil(beside)}
