# SPDX-License-Identifier: Apache-2.0
"""NVDS, Neural Video Depth Stabilizer (Wang et al. 2023, arXiv 2307.08695): steadies what another model says.

Written from the paper and from published facts; nothing of the authors' code is in it. It works over any model that
gives each frame's depth at once; which ones are offered stands in MODELS.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from depth_engine.models import depth_anything, embedded
from depth_engine.models.base import ExecutionPlan, Model, ModelModule, Precision, ShotSpec
from depth_engine.models.nvds import files, settings

__all__ = ["MODELS", "Nvds"]


class Nvds:
    """The stabiliser over one other model (a `models.base.ModelModule`)."""

    def __init__(self, name: str, inner: ModelModule) -> None:
        self.INFO = files.info(name, inner.INFO)
        self.inner = inner

    def processed_size(self, spec: ShotSpec) -> tuple[int, int]:
        """Width and height, multiples of 32, 384 on the shorter side; see `settings`."""
        return settings.processed_size(spec)

    def disparity_size(self, spec: ShotSpec) -> tuple[int, int]:
        """One value for each pixel that the network sees."""
        return settings.processed_size(spec)

    def window_count(self, spec: ShotSpec) -> int:
        """Every frame ends a window of its own."""
        return spec.frame_count

    def guess_seconds(self, spec: ShotSpec, device: str, weights: Path | None = None) -> float:
        """Seconds for each frame, the first depth included."""
        first = self.inner.guess_seconds(settings.inner_spec(spec), device, self.inner_weights(weights))
        return first + settings.seconds(spec, device)

    def execution_plans(
        self, spec: ShotSpec, device: str, precision: Precision, weights: Path | None = None
    ) -> tuple[ExecutionPlan, ...]:
        """The one way to run it, with the other model beside it."""
        inner = self.inner.execution_plans(settings.inner_spec(spec), device, precision, self.inner_weights(weights))[0]
        on_device, beside = settings.memory(spec, device, precision)
        return (replace(inner, device_bytes=inner.device_bytes + on_device, host_bytes=inner.host_bytes + beside),)

    def load(self, weights: Path | None, device: str, plan: ExecutionPlan) -> Model:
        """Both networks, ready for shots. weights: a folder with the published file, and with a folder of the other
        model's own files where that one does not come with the engine.

        Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS.
        """
        from depth_engine.models.nvds.estimator import load_model

        return load_model(self, weights, device, plan)

    def inner_weights(self, folder: Path | None) -> Path | None:
        """The other model's folder in a folder of weights; None where its own are meant."""
        return folder / self.inner.INFO.name if folder and not self.inner.INFO.included else None


MODELS: dict[str, ModelModule] = {
    "nvds": Nvds("nvds", embedded),
    "nvds_depth_anything": Nvds("nvds_depth_anything", depth_anything.MODELS["depth_anything_v2_small"]),
}
"""By name, for the registry."""
