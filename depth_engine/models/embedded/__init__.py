# SPDX-License-Identifier: Apache-2.0
"""The model that comes with the engine: small, quick, steady over time, and free to use. See docs/models.md.

Video Depth Anything Small's network with weights of our own, trained to see nothing but earlier frames.
"""

from __future__ import annotations

import math
from pathlib import Path

from depth_engine.models.base import ExecutionPlan, Model, ModelInfo, Precision, ShotSpec, WeightFile
from depth_engine.models.patches import PATCH, patched_size, shown_size
from depth_engine.models.video_depth_anything.published import SMALL
from depth_engine.models.video_depth_anything.settings import CONTEXT, remembered
from depth_engine.models.video_depth_anything.windows import Sight
from depth_engine.runtimes import Runtime

SIGHT = Sight(recent=15)
"""What the network was trained with: the last 15 frames, and none at a shot's start."""

ALONE = Sight(recent=0)
"""For a picture that is all of its shot: what the temporal modules add where they see no other frame, costs detail."""

PIXELS = 100_000
"""What the network sees by default. More shows finer parts, but large surfaces begin to wave."""

ENLARGED = 1.5
"""How many times as wide as the footage a small picture is shown to the network: with as many pixels as it knows, it
makes fewer errors (docs/models.md).
"""

LOADING_BYTES = 300_000_000
ACTIVATION_BYTES = 700
"""For each pixel that the network sees, in float32; with what is kept of earlier frames both bound what was measured
from 224x126 to 840x476, with a fifth to spare: the kernels that a processor is given differ in the memory that they
work in."""

EXPORTING_BYTES = 550_000_000
RUNTIME_ACTIVATION_BYTES: dict[Runtime, int] = {"openvino": 550, "onnx": 1450}
"""What the other runtimes need beside that: their first start exports the network and compiles it."""

SECONDS_PER_MEGAPIXEL = 6.0

INFO = ModelInfo(
    name="embedded",
    title="Embedded (DINOv2 small)",
    kind="disparity",
    temporal=True,
    licence="Apache-2.0",
    commercial_use=True,
    summary="Comes with the engine and needs no download. Quick on any computer, steady from frame to frame; "
    "finer edges need a larger model.",
    files=(
        WeightFile(
            path="embedded-int8.safetensors",
            size_bytes=29_952_922,
            sha256="7b85d23a1f1a433026c927b79b456e2d449304a6056ac35f3baea7570bec7d15",
        ),
    ),
    included=True,
    window=1,
    group="Recommended",
    settings=("stabilise",),
)


def processed_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height: about PIXELS pixels by default, of small footage too; see `patched_size`."""
    scale = math.sqrt(PIXELS / math.prod(shown_size(spec)))
    return patched_size(spec, scale, largest=min(max(1.0, scale), ENLARGED))


def disparity_size(spec: ShotSpec) -> tuple[int, int]:
    """One value for each pixel that the network sees."""
    return processed_size(spec)


def window_count(spec: ShotSpec) -> int:
    """Every frame comes out by itself, at once."""
    return spec.frame_count


def guess_seconds(spec: ShotSpec, device: str, weights: Path | None = None) -> float:
    """Seconds for each frame, measured on two cores; a graphics card is quicker."""
    return SECONDS_PER_MEGAPIXEL * math.prod(processed_size(spec)) / 1e6


def execution_plans(
    spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
) -> tuple[ExecutionPlan, ...]:
    """The one way to run it: it is small everywhere. What is kept of earlier frames is twice more in a checkpoint."""
    size, pixels = 4 if precision == "fp32" else 2, math.prod(processed_size(spec))
    kept = SIGHT.most * remembered(SMALL, pixels // PATCH**2) * size
    activations, beside = pixels * ACTIVATION_BYTES * size // 4, LOADING_BYTES + 2 * kept
    if device == "cpu":
        return (ExecutionPlan(precision, device_bytes=activations + kept + beside),)
    on_device = math.ceil(CONTEXT) + SMALL.parameters * size + activations + kept
    return (ExecutionPlan(precision, device_bytes=on_device, host_bytes=beside),)


def runtime_plans(
    spec: ShotSpec, runtime: Runtime, precision: Precision, weights: Path | None = None
) -> tuple[ExecutionPlan, ...]:
    """The one way to run it outside of torch; what is kept of earlier frames is at most float32 there."""
    (plan,) = execution_plans(spec, "cpu", "fp32", weights)
    activations = math.prod(processed_size(spec)) * RUNTIME_ACTIVATION_BYTES[runtime]
    needed = EXPORTING_BYTES + activations + plan.device_bytes
    return (ExecutionPlan(precision, runtime=runtime, device_bytes=needed),)


def load(weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
    """The network on the device. weights: a folder with a file of the same name and layout; None: the included one.

    Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
    """
    from depth_engine.models.embedded.estimator import load_model

    return load_model(weights, device, plan)
