# SPDX-License-Identifier: Apache-2.0
"""What a shot costs: operations, memory, and the ways to make it fit. Imports nothing heavy.

The figures for a pixel were counted over the published networks in half precision. Only the CPU's memory has been held
against a running process.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from depth_engine.models.base import ExecutionPlan, Precision, ShotSpec
from depth_engine.models.depthcrafter.folder import PUBLISHED, NetworkSizes, network_sizes
from depth_engine.models.depthcrafter.settings import DECODE_CHUNK, ENCODE_CHUNK, processed_size, resolve

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

CPU_BUFFERS = 1.8
"""Kernels on CPUs have buffers of their own: this bounds what was measured over what was counted."""


def operations(spec: ShotSpec, weights: Path | None = None) -> float:
    """Floating-point operations for each frame: windows overlap, guidance doubles a step, drift is looked for."""
    settings, sizes = resolve(spec), network_sizes(weights)
    pixels = math.prod(processed_size(spec))
    denoised = sum(window.end - window.start for window in settings.windows) / spec.frame_count
    steps = settings.steps * (2 if settings.guidance > 1 else 1) * denoised
    compared = 0 if settings.reference else 2 * sum(window.overlap for window in settings.windows) / spec.frame_count
    per_pixel = OPERATIONS_PER_PIXEL
    return CLIP_OPERATIONS * sizes.clip / PUBLISHED.clip + pixels * (
        per_pixel["encode"] * sizes.encoder / PUBLISHED.encoder
        + steps * per_pixel["step"] * sizes.unet / PUBLISHED.unet
        + (1 + compared) * per_pixel["decode"] * sizes.decoder / PUBLISHED.decoder
    )


def execution_plans(
    spec: ShotSpec, device: str, precision: Precision, weights: Path | None
) -> tuple[ExecutionPlan, ...]:
    """The ways to run such a shot, quickest first, each smaller than the last on the device or beside it.

    Slices and weights that move change no result. What changes it a little comes after them, and never where the
    published code's numbers are wanted: the UNet's weights in 8 bits, which need more of the card than fetching them
    but less of the computer's memory (only cards convert them quickly), then fewer frames decoded at once, unless
    somebody asked for a number.
    """
    settings, sizes = resolve(spec), network_sizes(weights)
    plans = [ExecutionPlan(precision, decode_chunk=settings.decode_chunk, stock=settings.reference)]
    if not settings.reference:
        plans.append(replace(plans[-1], chunked=True))
    if device.startswith("cuda"):
        plans += [replace(plans[-1], residency=moved) for moved in ("swapped", "offloaded")]
    smallest = plans[-1]
    if not settings.reference:
        if device.startswith("cuda"):
            plans.append(replace(smallest, residency="fp8"))
        if spec.settings.decode_chunk is None:
            plans += [replace(smallest, decode_chunk=fewer) for fewer in (4, 2) if fewer < DECODE_CHUNK]
    return _useful([_sized(plan, spec, device, sizes) for plan in plans])


def _useful(plans: list[ExecutionPlan]) -> tuple[ExecutionPlan, ...]:
    """Without those that need as much of both memories as one before them."""
    kept: list[ExecutionPlan] = []
    for plan in plans:
        if all(plan.device_bytes < other.device_bytes or plan.host_bytes < other.host_bytes for other in kept):
            kept.append(plan)
    return tuple(kept)


def _sized(plan: ExecutionPlan, spec: ShotSpec, device: str, sizes: NetworkSizes) -> ExecutionPlan:
    """The plan with its memory: the largest stage's activations and the weights that lie beside it."""
    settings = resolve(spec)
    pixels = math.prod(processed_size(spec))
    size = 4 if plan.precision == "fp32" else 2
    decoder_size = 4 if device == "cpu" else size
    unet_width, vae_width = sizes.unet_width / PUBLISHED.unet_width, sizes.vae_width / PUBLISHED.vae_width
    per_pixel = UNET_BYTES_SLICED if plan.chunked else UNET_BYTES_PER_PIXEL
    encoded, decoded = (1 if plan.chunked else ENCODE_CHUNK), min(plan.decode_chunk, spec.frame_count)
    activations = {
        "encode": encoded * pixels * vae_width * BYTES_PER_PIXEL["encode"],
        "denoise": settings.longest_window * pixels * unet_width * per_pixel * size / 2,
        "decode": decoded * pixels * vae_width * BYTES_PER_PIXEL["decode"] * decoder_size / 2,
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
