# SPDX-License-Identifier: Apache-2.0
"""What a shot costs with these networks: sizes, time, memory. Imports nothing heavy."""

from __future__ import annotations

import math
from dataclasses import replace

from depth_engine.models.base import ExecutionPlan, Precision, ShotSpec
from depth_engine.models.patches import PATCH, patched_size, shown_size
from depth_engine.models.video_depth_anything.published import Architecture
from depth_engine.models.video_depth_anything.windows import STREAMING, WINDOW, window_count
from depth_engine.runtimes import Runtime

SHORTER_SIDE = 518
"""What the network was trained at. Pictures wider than 16:9 get fewer pixels on it, so that their number stays."""

CHUNKS = (4, 2, 1)
"""Frames that the encoder and the head's last steps see at once: fewer need less memory."""

OPERATIONS_PER_SECOND = {"cpu": 0.1e12, "cuda": 40e12, "mps": 3e12}
"""A guess until this machine was measured: two CPU cores, a large card in half precision, an Apple GPU."""

HEADS = 8
"""Of the attention over time."""

SLICE = 512
"""Places of the picture that attend over time at once: memory, and the grids of a card's kernels, have limits."""

CONTEXT = 0.6e9
"""What a card's driver and kernels take."""

SLACK = 1.5
"""What allocators need besides, and what counting overlooks."""

EXPORTING, RUNTIME_SHARE = 24, 1.2
"""Outside of torch: bytes for each parameter, while the network is exported and compiled, and beside that a multiple of
what torch needs. They bound what was measured of Small at 224x126 and 448x252.
"""


def processed_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height, multiples of 14, with the aspect that the picture has on a screen: 518 on the shorter side.

    With `max_size` as large as that allows. Never larger than the footage, but for the last token.
    """
    width, height = shown_size(spec)
    aspect = max(width, height) / min(width, height)
    return patched_size(spec, SHORTER_SIDE * min(1.0, 16 / 9 / aspect) / min(width, height))


def operations(architecture: Architecture, spec: ShotSpec) -> float:
    """Floating-point operations for each frame, over all windows."""
    width, height = processed_size(spec)
    tokens = width * height // PATCH**2
    encoder = 12 * architecture.width**2 + 2 * architecture.width * tokens
    first, second, third, fourth = architecture.channels
    temporal = 14 * (third**2 + fourth**2 / 4 + 5 * architecture.features**2)
    fusing = 9 * architecture.features * (16 * first + 4 * second + third + fourth / 4)
    fusing += 37 * architecture.features**2 * (1 / 4 + 1 + 4 + 16)
    predicting = 9 / 2 * architecture.features**2 * 64 + 9 * 16 * architecture.features * PATCH**2
    seen = WINDOW * window_count(spec.frame_count) / spec.frame_count
    if spec.settings.streaming:  # each head scores and mixes the whole tokens of 32 frames, in both attentions
        temporal, seen = temporal + 4 * HEADS * WINDOW * (third + fourth / 4 + 5 * architecture.features), 1.0
    return 2 * tokens * (architecture.depth * encoder + temporal + fusing + predicting) * seen


def execution_plans(
    architecture: Architecture, spec: ShotSpec, device: str, precision: Precision
) -> tuple[ExecutionPlan, ...]:
    """From 4 frames at once to one; that changes the last digits, so a wanted `decode_chunk` is the only one.

    In streaming there is one frame at once.
    """
    if spec.settings.streaming:
        return (_streaming(ExecutionPlan(precision), architecture, spec, device),)
    chunks = (spec.settings.decode_chunk,) if spec.settings.decode_chunk else CHUNKS
    plain = ExecutionPlan(precision)
    return tuple(_sized(replace(plain, decode_chunk=chunk), architecture, spec, device) for chunk in chunks)


def _sized(plan: ExecutionPlan, architecture: Architecture, spec: ShotSpec, device: str) -> ExecutionPlan:
    """The plan with its memory: what is kept of a window's frames, and the largest step on the way."""
    width, height = processed_size(spec)
    tokens = width * height // PATCH**2
    features, size = architecture.features, 4 if plan.precision == "fp32" else 2
    third, fourth = architecture.channels[2:]
    kept = WINDOW * tokens * (2 * architecture.width + third + fourth // 4 + 3 * features)
    fused = WINDOW * tokens * 4 * features * 4
    temporal = WINDOW * max(min(SLICE, tokens) * 16 * max(third, fourth / 4), min(SLICE, 4 * tokens) * 16 * features)
    encoding = plan.decode_chunk * tokens * architecture.width * 14
    rendering = plan.decode_chunk * tokens * (64 * features * 2 + PATCH**2 * (features // 2 + 3 * 32))
    activations = kept + max(encoding, fused + temporal, fused + rendering)
    pictures = WINDOW * width * height * (3 * 4 + 3 * 2 + 4 * 2)
    parameters = architecture.parameters * 4
    on_device = SLACK * (size * activations + parameters * size / 4)
    return _told(plan, device, on_device, parameters + pictures)


def runtime_plans(
    architecture: Architecture, spec: ShotSpec, runtime: Runtime, precision: Precision
) -> tuple[ExecutionPlan, ...]:
    """As `execution_plans` outside of torch, on a processor."""
    plans = execution_plans(architecture, spec, "cpu", "fp32")
    return tuple(
        replace(
            plan,
            precision=precision,
            runtime=runtime,
            device_bytes=math.ceil(EXPORTING * architecture.parameters + RUNTIME_SHARE * plan.device_bytes),
        )
        for plan in plans
    )


def remembered(architecture: Architecture, tokens: int) -> int:
    """Numbers that are kept of one frame of a stream: what its temporal attentions were given."""
    third, fourth = architecture.channels[2:]
    return 2 * tokens * (third + fourth // 4 + 5 * architecture.features)


def _streaming(plan: ExecutionPlan, architecture: Architecture, spec: ShotSpec, device: str) -> ExecutionPlan:
    """The plan with its memory: what is kept of the last frames, on the device and twice in a checkpoint."""
    width, height = processed_size(spec)
    tokens = width * height // PATCH**2
    features, size = architecture.features, 4 if plan.precision == "fp32" else 2
    third, fourth = architecture.channels[2:]
    kept = STREAMING.most * remembered(architecture, tokens)
    attended = WINDOW * max(min(SLICE, tokens) * 16 * max(third, fourth / 4), min(SLICE, 4 * tokens) * 16 * features)
    encoding = tokens * architecture.width * 14
    rendering = tokens * (64 * features * 2 + PATCH**2 * (features // 2 + 3 * 32))
    on_device = size * kept + SLACK * size * (max(encoding, attended, rendering) + architecture.parameters / 4)
    beside = architecture.parameters * 4 + width * height * 3 * 6 + 2 * size * kept
    return _told(plan, device, on_device, beside)


def _told(plan: ExecutionPlan, device: str, on_device: float, beside: float) -> ExecutionPlan:
    if device == "cpu":
        return replace(plan, device_bytes=math.ceil(on_device + beside))
    return replace(plan, device_bytes=math.ceil(on_device + CONTEXT), host_bytes=math.ceil(beside))
