# SPDX-License-Identifier: Apache-2.0
"""Depth Anything V1 and V2 (Yang et al. 2024, arXiv 2401.10891 and 2406.09414): quick, and each frame on its own.

The network is transformers' own, the weights are the published ones in its layout.
"""

from __future__ import annotations

import math
from pathlib import Path

from depth_engine.models.base import ExecutionPlan, Model, ModelInfo, ModelModule, Precision, ShotSpec
from depth_engine.models.depth_anything import variants
from depth_engine.models.depth_anything.variants import Family, Size
from depth_engine.models.patches import patched_size, shown_size

SHORTER_SIDE = 518
"""Pixels that the networks were trained at, and see by default, on the picture's shorter side."""

ACTIVATION_BYTES: dict[Size, int] = {"small": 850, "base": 1900, "large": 4000}
"""For each pixel that the network sees, in float32; with LOADING_BYTES they bound what was measured on a CPU."""

LOADING_BYTES, LOADING_SHARE = 100_000_000, 0.25
"""Beside the weights, and again of their file."""

HALF_PRECISION = 0.75
"""Of the activations; a CPU computes some of them in float32."""

SECONDS_PER_MEGAPIXEL: dict[str, dict[Size, float]] = {
    "cpu": {"small": 5.0, "base": 16.0, "large": 50.0},
    "other": {"small": 0.03, "base": 0.1, "large": 0.3},
}
"""On two cores, in proportion to what Small takes there; on a graphics card, to what others published of Large."""


class DepthAnything:
    """One published size of one family (a `models.base.ModelModule`)."""

    def __init__(self, family: Family, size: Size) -> None:
        self.INFO: ModelInfo = variants.info(family, size)
        self._size: Size = size

    def processed_size(self, spec: ShotSpec) -> tuple[int, int]:
        """Width and height: SHORTER_SIDE by default; see `patched_size`."""
        return patched_size(spec, SHORTER_SIDE / min(shown_size(spec)))

    def window_count(self, spec: ShotSpec) -> int:
        """Every frame on its own."""
        return spec.frame_count

    def guess_seconds(self, spec: ShotSpec, device: str) -> float:
        """Seconds for each frame."""
        speeds = SECONDS_PER_MEGAPIXEL["cpu" if device == "cpu" else "other"]
        return speeds[self._size] * math.prod(self.processed_size(spec)) / 1e6

    def execution_plans(self, spec: ShotSpec, device: str, precision: Precision) -> tuple[ExecutionPlan, ...]:
        """The one way to run it; a smaller `max_size` needs less."""
        file = variants.LENGTHS[self._size]
        weights, activations = file, ACTIVATION_BYTES[self._size] * math.prod(self.processed_size(spec))
        if precision != "fp32":
            weights, activations = file // 2, int(HALF_PRECISION * activations)
        working = LOADING_BYTES + int(LOADING_SHARE * file) + weights + activations
        if device != "cpu":
            return (ExecutionPlan(precision, device_bytes=working, host_bytes=file + weights),)
        read = 0 if precision == "fp32" else file  # the file's own tensors are used where nothing is converted
        return (ExecutionPlan(precision, device_bytes=working + read),)

    def load(self, weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
        """The network on the device. weights: a folder with the three files as they are published, of any size.

        Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
        """
        from depth_engine.models.depth_anything.estimator import load_model

        return load_model(self, weights, device, plan)


MODELS: dict[str, ModelModule] = {
    module.INFO.name: module for module in (DepthAnything(family, size) for family, size in variants.REVISIONS)
}
"""By name, for the registry."""
