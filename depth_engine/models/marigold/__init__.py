# SPDX-License-Identifier: Apache-2.0
"""Marigold (Ke et al. 2024, arXiv 2312.02145; 2025, arXiv 2505.09358): image diffusion, as a per-frame baseline.

The networks are diffusers' and transformers' own, the weights are the published ones in their layout.
"""

from __future__ import annotations

from pathlib import Path

from depth_engine.contract import DepthError, ExitCode
from depth_engine.models.base import ExecutionPlan, Model, ModelInfo, ModelModule, Precision, ShotSpec
from depth_engine.models.marigold import memory, settings
from depth_engine.models.marigold.variants import VARIANTS, Variant


class Marigold:
    """One published model (a `models.base.ModelModule`)."""

    def __init__(self, variant: Variant) -> None:
        self.INFO: ModelInfo = variant.info
        self._steps = variant.steps

    def processed_size(self, spec: ShotSpec) -> tuple[int, int]:
        """Width and height: at most 768 pixels a side by default."""
        return settings.processed_size(spec)

    def disparity_size(self, spec: ShotSpec) -> tuple[int, int]:
        """The content's, without the repeated edges."""
        return settings.content_size(spec)

    def window_count(self, spec: ShotSpec) -> int:
        """Every frame on its own."""
        return spec.frame_count

    def steps(self, spec: ShotSpec) -> int:
        """Denoising steps."""
        return spec.settings.steps or self._steps

    def ensemble(self, spec: ShotSpec) -> int:
        """How often each frame is predicted."""
        return spec.settings.ensemble or 1

    def guess_seconds(self, spec: ShotSpec, device: str, weights: Path | None = None) -> float:
        """Seconds for each frame, from its floating-point operations and what a device of this kind usually does."""
        sizes = memory.sizes(self.INFO, weights, self.refusal)
        counted = memory.operations(spec, self.steps(spec), self.ensemble(spec), sizes)
        return counted / memory.OPERATIONS_PER_SECOND[device.partition(":")[0]]

    def execution_plans(
        self, spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
    ) -> tuple[ExecutionPlan, ...]:
        """The one way to run it; a smaller `max_size` needs less."""
        return (memory.execution_plan(spec, device, precision, memory.sizes(self.INFO, weights, self.refusal)),)

    def load(self, weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
        """The networks on the device. weights: a folder with the files as they are published.

        Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
        """
        from depth_engine.models.marigold.estimator import load_model

        return load_model(self, weights, device, plan)

    def refusal(self, path: Path, reason: str) -> DepthError:
        """The error for a file that does not belong to the model."""
        return DepthError(
            ExitCode.BAD_WEIGHTS,
            f"{path} does not belong to {self.INFO.title}: {reason}.",
            f"Fetch the weights again: depth-engine models fetch {self.INFO.name}",
        )


MODELS: dict[str, ModelModule] = {variant.name: Marigold(variant) for variant in VARIANTS}
"""By name, for the registry."""
