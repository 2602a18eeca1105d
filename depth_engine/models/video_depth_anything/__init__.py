# SPDX-License-Identifier: Apache-2.0
"""Video Depth Anything (Chen et al. 2025, arXiv 2501.12375): a feed-forward network, consistent over time.

Six models of one architecture: small, base and large, relative and metric. Written from the paper and from published
facts; nothing of the authors' code is in it.
"""

from __future__ import annotations

from pathlib import Path

from depth_engine.models.base import ExecutionPlan, Model, ModelModule, Precision, ShotSpec
from depth_engine.models.video_depth_anything import settings, windows
from depth_engine.models.video_depth_anything.files import CHECKPOINTS, Checkpoint
from depth_engine.runtimes import Runtime

__all__ = ["MODELS", "VideoDepthAnything"]


class VideoDepthAnything:
    """One of the six (a `models.base.ModelModule`)."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.INFO = checkpoint.info
        self._architecture = checkpoint.architecture

    def processed_size(self, spec: ShotSpec) -> tuple[int, int]:
        """Width and height, multiples of 14, 518 on the shorter side; see `settings`."""
        return settings.processed_size(spec)

    def disparity_size(self, spec: ShotSpec) -> tuple[int, int]:
        """One value for each pixel that the network sees."""
        return settings.processed_size(spec)

    def window_count(self, spec: ShotSpec) -> int:
        """Windows of such a shot."""
        return windows.window_count(spec.frame_count, spec.settings.streaming)

    def guess_seconds(self, spec: ShotSpec, device: str, weights: Path | None = None) -> float:
        """Seconds for each frame, from its floating-point operations and what a device of this kind usually does."""
        return settings.operations(self._architecture, spec) / settings.OPERATIONS_PER_SECOND[device.partition(":")[0]]

    def execution_plans(
        self, spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
    ) -> tuple[ExecutionPlan, ...]:
        """From 4 frames at once to one, or the one way of streaming; see `settings`."""
        return settings.execution_plans(self._architecture, spec, device, precision)

    def runtime_plans(
        self, spec: ShotSpec, runtime: Runtime, precision: Precision, weights: Path | None = None
    ) -> tuple[ExecutionPlan, ...]:
        """From 4 frames at once to one; see `settings`."""
        return settings.runtime_plans(self._architecture, spec, runtime, precision)

    def load(self, weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
        """The network, ready for shots. weights: a folder with the published file, or the same as safetensors.

        Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
        """
        from depth_engine.models.video_depth_anything.estimator import load_model
        from depth_engine.models.video_depth_anything.exported import ExportedVideoDepthModel
        from depth_engine.models.weights import find_weights

        if plan.runtime != "torch":
            found = find_weights(self.INFO, weights)
            return ExportedVideoDepthModel(self.INFO, self._architecture, found, device, plan)
        return load_model(self.INFO, self._architecture, weights, device, plan)


MODELS: dict[str, ModelModule] = {
    module.INFO.name: module for module in (VideoDepthAnything(checkpoint) for checkpoint in CHECKPOINTS)
}
"""By name, for the registry."""
