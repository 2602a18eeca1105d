# SPDX-License-Identifier: Apache-2.0
"""The model that comes with the engine: small, quick, per frame, and free to use. See docs/models.md."""

from __future__ import annotations

import math
from pathlib import Path

from depth_engine.models.base import ExecutionPlan, Model, ModelInfo, Precision, ShotSpec, WeightFile
from depth_engine.models.patches import PATCH, patched_size, shown_size
from depth_engine.runtimes import Runtime

PIXELS = 100_000
"""What the network sees by default. More shows finer parts, but large surfaces begin to wave."""

LOADING_BYTES = 330_000_000
ACTIVATION_BYTES = 420
"""For each pixel that the network sees, in float32; both bound what was measured from 224x126 to 1680x952, with a fifth
to spare: the kernels that a processor is given differ in the memory that they work in."""

EXPORTING_BYTES = 800_000_000
RUNTIME_ACTIVATION_BYTES: dict[Runtime, int] = {"openvino": 750, "onnx": 2000}
"""The same for the other runtimes, whose first start exports the network and compiles it."""

SECONDS_PER_MEGAPIXEL = 4.0

INFO = ModelInfo(
    name="embedded",
    title="Embedded (DINOv2 small)",
    kind="disparity",
    temporal=False,
    licence="Apache-2.0",
    commercial_use=True,
    summary="Comes with the engine. Quick on any computer, soft edges, little flicker, each frame on its own.",
    files=(
        WeightFile(
            path="embedded-int8.safetensors",
            size_bytes=25_456_882,
            sha256="ead2805246d3329ccf1a17c07ca4de7ce2d3ef8df29b718087234920a1208440",
        ),
    ),
    included=True,
    window=1,
    group="Recommended",
    settings=("stabilise",),
)


def processed_size(spec: ShotSpec) -> tuple[int, int]:
    """Width and height: about PIXELS pixels by default; see `patched_size`."""
    return patched_size(spec, math.sqrt(PIXELS / math.prod(shown_size(spec))))


def disparity_size(spec: ShotSpec) -> tuple[int, int]:
    """Eight for each token."""
    width, height = processed_size(spec)
    return width // PATCH * 8, height // PATCH * 8


def window_count(spec: ShotSpec) -> int:
    """Every frame on its own."""
    return spec.frame_count


def guess_seconds(spec: ShotSpec, device: str, weights: Path | None = None) -> float:
    """Seconds for each frame, measured on two cores; a graphics card is quicker."""
    return SECONDS_PER_MEGAPIXEL * math.prod(processed_size(spec)) / 1e6


def execution_plans(
    spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
) -> tuple[ExecutionPlan, ...]:
    """The one way to run it: it is small everywhere."""
    width, height = processed_size(spec)
    activations = width * height * (ACTIVATION_BYTES if precision == "fp32" else ACTIVATION_BYTES // 2)
    return (ExecutionPlan(precision, device_bytes=LOADING_BYTES + activations),)


def runtime_plans(
    spec: ShotSpec, runtime: Runtime, precision: Precision, weights: Path | None = None
) -> tuple[ExecutionPlan, ...]:
    """The one way to run it outside of torch."""
    activations = math.prod(processed_size(spec)) * RUNTIME_ACTIVATION_BYTES[runtime]
    return (ExecutionPlan(precision, runtime=runtime, device_bytes=EXPORTING_BYTES + activations),)


def load(weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
    """The network on the device. weights: a folder with a file of the same name and layout; None: the included one.

    Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
    """
    from depth_engine.models.embedded.estimator import load_model

    return load_model(weights, device, plan)
