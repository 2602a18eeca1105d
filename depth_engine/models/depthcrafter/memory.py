# SPDX-License-Identifier: Apache-2.0
"""What a shot costs: operations, memory, and the ways to make it fit. Imports nothing heavy."""

from __future__ import annotations

import math
from dataclasses import replace

from depth_engine.models.base import ExecutionPlan, Precision, Residency, ShotSpec
from depth_engine.models.depthcrafter.settings import DECODE_CHUNK, processed_size, resolve

GIB = 2**30

UNET, CLIP, ENCODER, DECODER = 1_524_623_082, 632_076_800, 34_163_664, 63_579_183
"""Parameters of the networks."""

CLIP_OPERATIONS = 0.335e12
OPERATIONS_PER_PIXEL = {"encode": 4.42e6, "step": 5.43e6, "decode": 11.77e6}
"""Counted at 1024x576 over the published networks; less for smaller pictures, where attention counts less."""

OPERATIONS_PER_SECOND = {"cpu": 0.1e12, "cuda": 60e12, "mps": 4e12}
"""A guess until this machine was measured: two CPU cores, a large card in half precision, an Apple GPU."""

ENCODE_CHUNK = 8
BYTES_PER_PIXEL = {"encode": 2.6, "decode": 2.05}
"""Thousands of bytes of activations for each pixel of each frame worked on at once; encode in float32."""

UNET_BYTES_PER_PIXEL, UNET_BYTES_CHUNKED = 270, 135
"""The same for the UNet, for each pixel of each frame of a window, in half precision."""

CONTEXT = 0.6e9
SLACK = 1.1


def operations(spec: ShotSpec) -> float:
    """Floating-point operations for each frame: windows overlap, guidance doubles a step, drift is looked for."""
    settings = resolve(spec)
    pixels = math.prod(processed_size(spec))
    denoised = sum(window.end - window.start for window in settings.windows) / spec.frame_count
    steps = settings.steps * (2 if settings.guidance > 1 else 1) * denoised
    compared = 0 if settings.reference else 2 * sum(window.overlap for window in settings.windows) / spec.frame_count
    per_pixel = OPERATIONS_PER_PIXEL
    decoding = (1 + compared) * per_pixel["decode"]
    return CLIP_OPERATIONS + pixels * (per_pixel["encode"] + steps * per_pixel["step"] + decoding)


def execution_plans(spec: ShotSpec, device: str, precision: Precision) -> tuple[ExecutionPlan, ...]:
    """The ways to run such a shot, quickest first, each smaller than the last.

    Slices and swapped weights change no result; fewer frames decoded at once do, a little, so they come last, and only
    where nobody asked for a decode chunk or the published code's numbers.
    """
    settings = resolve(spec)
    chunk = settings.decode_chunk
    plain = ExecutionPlan(precision, decode_chunk=chunk, stock=settings.reference)
    plans = [plain, replace(plain, chunked=True)]
    if device.startswith("cuda"):
        plans += [replace(plans[-1], residency="swapped"), replace(plans[-1], residency="offloaded")]
    if not settings.reference and spec.settings.decode_chunk is None:
        plans += [replace(plans[-1], decode_chunk=smaller) for smaller in (4, 2) if smaller < DECODE_CHUNK]
    if settings.reference:
        plans = [plan for plan in plans if not plan.chunked]
    sized = [_sized(plan, spec, device) for plan in plans]
    return tuple(
        plan for plan, last in zip(sized, [None, *sized]) if last is None or plan.device_bytes < last.device_bytes
    )


def _sized(plan: ExecutionPlan, spec: ShotSpec, device: str) -> ExecutionPlan:
    """The plan with its memory: the largest stage's activations and the weights that lie beside it."""
    settings = resolve(spec)
    pixels = math.prod(processed_size(spec))
    size = 4 if plan.precision == "fp32" else 2
    unet = UNET * (1 if plan.residency == "fp8" else size)
    encoders, decoder = CLIP * size + ENCODER * 4, DECODER * size
    per_pixel = UNET_BYTES_CHUNKED if plan.chunked else UNET_BYTES_PER_PIXEL
    stages = {
        "encode": ENCODE_CHUNK * pixels * BYTES_PER_PIXEL["encode"] * 1e3,
        "denoise": settings.longest_window * pixels * per_pixel * size / 2,
        "decode": min(plan.decode_chunk, spec.frame_count) * pixels * BYTES_PER_PIXEL["decode"] * 1e3 * size / 2,
    }
    return replace(plan, **_bytes(plan.residency, device, stages, unet, encoders, decoder))


def _bytes(
    residency: Residency, device: str, stages: dict[str, float], unet: float, encoders: float, decoder: float
) -> dict[str, int]:
    everything = unet + encoders + decoder
    if residency == "resident":
        on_device, beside = everything + max(stages.values()), 0.0
    else:
        live_unet = 0.1 * unet if residency == "offloaded" else unet
        weights = {"encode": encoders, "denoise": live_unet, "decode": decoder}
        on_device, beside = max(weights[stage] + stages[stage] for stage in stages), everything
    context = 0.0 if device == "cpu" else CONTEXT
    return {"device_bytes": math.ceil(SLACK * on_device + context), "host_bytes": math.ceil(beside)}
