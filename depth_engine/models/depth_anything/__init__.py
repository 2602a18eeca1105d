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
from depth_engine.runtimes import Runtime

SHORTER_SIDE = 518
"""Pixels that the networks were trained at, and see by default, on the picture's shorter side."""

ACTIVATION_BYTES = 0.11
"""For each pixel that the network sees, in float32, times the root of the weights' length: activations grow with the
widths, weights with their square. With LOADING_BYTES it bounds what was measured on a CPU, up to Large.
"""

LOADING_BYTES, LOADING_SHARE = 100_000_000, 0.25
"""Beside the weights, and again of their file."""

EXPORTING_BYTES, EXPORTING_SHARE = 400_000_000, 4.5
"""The same for a network that is exported, then compiled; it bounds what was measured of Small and Base."""

RUNTIME_ACTIVATIONS: dict[Runtime, float] = {"openvino": 1.2, "onnx": 2.2}
"""Activations in the other runtimes, as a multiple of torch's."""

HALF_PRECISION = 0.75
"""Of the activations; a CPU computes some of them in float32."""

SECONDS = {"cpu": 4.5e-14, "other": 2.2e-16}
"""For each pixel and byte of the weights: on two cores, from Small; on a graphics card, from what others published of
Large.
"""


class DepthAnything:
    """One published size of one family (a `models.base.ModelModule`)."""

    def __init__(self, family: Family, size: Size) -> None:
        self.INFO: ModelInfo = variants.info(family, size)
        self._size: Size = size

    def processed_size(self, spec: ShotSpec) -> tuple[int, int]:
        """Width and height: SHORTER_SIDE by default; see `patched_size`."""
        return patched_size(spec, SHORTER_SIDE / min(shown_size(spec)))

    def disparity_size(self, spec: ShotSpec) -> tuple[int, int]:
        """All that the network sees."""
        return self.processed_size(spec)

    def window_count(self, spec: ShotSpec) -> int:
        """Every frame on its own."""
        return spec.frame_count

    def guess_seconds(self, spec: ShotSpec, device: str, weights: Path | None = None) -> float:
        """Seconds for each frame."""
        speed = SECONDS["cpu" if device == "cpu" else "other"]
        return speed * self._length(weights) * math.prod(self.processed_size(spec))

    def execution_plans(
        self, spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
    ) -> tuple[ExecutionPlan, ...]:
        """The one way to run it; a smaller `max_size` needs less."""
        file = kept = self._length(weights)
        activations = ACTIVATION_BYTES * math.sqrt(file) * math.prod(self.processed_size(spec))
        if precision != "fp32":
            kept, activations = file // 2, HALF_PRECISION * activations
        working = LOADING_BYTES + kept + math.ceil(LOADING_SHARE * file + activations)
        if device != "cpu":
            return (ExecutionPlan(precision, device_bytes=working, host_bytes=file + kept),)
        read = 0 if precision == "fp32" else file  # the file's own tensors are used where nothing is converted
        return (ExecutionPlan(precision, device_bytes=working + read),)

    def runtime_plans(
        self, spec: ShotSpec, runtime: Runtime, precision: Precision, weights: Path | None = None
    ) -> tuple[ExecutionPlan, ...]:
        """The one way to run it outside of torch; the export is what needs most."""
        file = self._length(weights)
        activations = ACTIVATION_BYTES * math.sqrt(file) * math.prod(self.processed_size(spec))
        activations *= RUNTIME_ACTIVATIONS[runtime]
        needed = math.ceil(EXPORTING_BYTES + EXPORTING_SHARE * file + activations)
        return (ExecutionPlan(precision, runtime=runtime, device_bytes=needed),)

    def load(self, weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
        """The network on the device. weights: a folder with the three files as they are published, of any size.

        Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
        """
        from depth_engine.models.depth_anything.estimator import load_model

        return load_model(self, weights, device, plan)

    def _length(self, weights: Path | None) -> int:
        """Bytes of the weights, of the published ones where there is no such file: `load` says that."""
        own = weights / variants.WEIGHTS if weights else None
        return own.stat().st_size if own and own.is_file() else variants.LENGTHS[self._size]


MODELS: dict[str, ModelModule] = {
    module.INFO.name: module for module in (DepthAnything(family, size) for family, size in variants.REVISIONS)
}
"""By name, for the registry."""
