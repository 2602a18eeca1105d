# SPDX-License-Identifier: Apache-2.0
"""Depth Anything at work: pictures in, disparity out, every frame on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor
from torch.nn import functional

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Rgb
from depth_engine.inference.device import DTYPES
from depth_engine.models.base import Disparity, ExecutionPlan, ModelInfo, ShotSpec
from depth_engine.models.depth_anything.network import load_network
from depth_engine.models.files import Refusal, read_json
from depth_engine.models.per_frame import PerFrameEstimator
from depth_engine.models.weights import find_weights

if TYPE_CHECKING:
    from depth_engine.models.depth_anything import DepthAnything

NEAREST = 1e-3
"""Metres. What a metric network sees nearer than this it has not seen."""


@dataclass(frozen=True, slots=True)
class DepthAnythingModel:
    """The network on its device (a `models.base.Model`).

    mean, std: [1,3,1,1], of the colours (0 to 1) that it was trained on.
    """

    module: DepthAnything
    network: Any
    mean: Tensor
    std: Tensor
    weights: str
    device: str
    plan: ExecutionPlan

    @property
    def info(self) -> ModelInfo:
        return self.module.INFO

    def open_shot(self, spec: ShotSpec) -> PerFrameEstimator:
        size = self.module.processed_size(spec)
        return PerFrameEstimator(lambda rgb: self.disparity(rgb, size), spec.frame_count, self.plan.precision)

    @torch.inference_mode()
    def disparity(self, picture: Rgb, size: tuple[int, int]) -> Disparity:
        """Disparity [h,w] of a picture [H,W,3], seen at `size` (w, h); of a metric network in 1/metres."""
        pixels = torch.tensor(picture).permute(2, 0, 1)[None]
        seen = functional.interpolate(pixels, (size[1], size[0]), mode="bicubic", antialias=True).to(self.device)
        found = self.network(((seen.float() / 255 - self.mean) / self.std).to(DTYPES[self.plan.precision]))
        depth = cast(Tensor, found.predicted_depth)[0].float()
        if self.info.kind == "metric":
            depth = 1 / depth.clamp_min(NEAREST)
        return depth.cpu().numpy()


def load_model(module: DepthAnything, weights: Path | None, device: str, plan: ExecutionPlan) -> DepthAnythingModel:
    """As `DepthAnything.load`."""

    def refusal(path: Path, reason: str) -> DepthError:
        return DepthError(
            ExitCode.BAD_WEIGHTS,
            f"{path} does not belong to {module.INFO.title}: {reason}.",
            f"Fetch the weights again: depth-engine models fetch {module.INFO.name}",
        )

    found = find_weights(module.INFO, weights)
    config, preprocessor, parameters = found.files
    colours = read_json(preprocessor, refusal)
    mean, std = (_colour(colours, name, preprocessor, refusal).to(device) for name in ("image_mean", "image_std"))
    network = load_network(config, parameters, module.INFO.kind, DTYPES[plan.precision], refusal)
    return DepthAnythingModel(module, network.to(device), mean, std, found.identity, device, plan)


def _colour(entries: Mapping[str, Any], name: str, path: Path, refusal: Refusal) -> Tensor:
    """Three numbers between 0 and 1 as [1,3,1,1]."""
    values = entries.get(name)
    if (
        not isinstance(values, list)
        or len(cast("list[Any]", values)) != 3
        or not all(isinstance(value, float) and 0 < value < 1 for value in cast("list[Any]", values))
    ):
        raise refusal(path, f"its {name} is not three numbers between 0 and 1")
    return torch.tensor(values).view(1, 3, 1, 1)
