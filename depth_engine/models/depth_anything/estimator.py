# SPDX-License-Identifier: Apache-2.0
"""Depth Anything at work: pictures in, disparity out, every frame on its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from depth_engine.contract import DepthError, ExitCode
from depth_engine.footage.frame import Rgb
from depth_engine.inference.device import DTYPES
from depth_engine.models.base import Disparity, ExecutionPlan, ModelInfo, ShotSpec
from depth_engine.models.depth_anything.network import load_network
from depth_engine.models.files import Refusal, read_json
from depth_engine.models.per_frame import PerFrameEstimator
from depth_engine.models.weights import FoundWeights, find_weights
from depth_engine.runtimes.export import Part
from depth_engine.runtimes.graphs import GraphKey
from depth_engine.runtimes.network import open_network

if TYPE_CHECKING:
    from depth_engine.models.depth_anything import DepthAnything

NEAREST = 1e-3
"""Metres. What a metric network sees nearer than this it has not seen."""


Network = Callable[[Tensor], Tensor]
"""Normalised pictures [n,3,H,W] to depth [n,H,W] or disparity."""


class DepthOnly(nn.Module):
    """transformers' network without what it returns besides."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        return self.network(pictures).predicted_depth


class DepthAnythingModel:
    """The network on its device (a `models.base.Model`); an exported one is opened for each shot's size."""

    def __init__(self, module: DepthAnything, found: FoundWeights, device: str, plan: ExecutionPlan) -> None:
        self._module = module
        self._found = found
        self.weights = found.identity
        self.device = device
        self.plan = plan
        preprocessor = found.files[1]
        colours = read_json(preprocessor, self._refusal)
        self._mean, self._std = (
            _colour(colours, name, preprocessor, self._refusal).to(device) for name in ("image_mean", "image_std")
        )
        self._network = self._load(DTYPES[plan.precision]).to(device) if plan.runtime == "torch" else None

    @property
    def info(self) -> ModelInfo:
        return self._module.INFO

    def open_shot(self, spec: ShotSpec) -> PerFrameEstimator:
        size = self._module.processed_size(spec)
        network = self._network or self._exported(size)
        return PerFrameEstimator(lambda rgb: self._disparity(network, rgb, size), spec.frame_count, self.plan.precision)

    @torch.inference_mode()
    def _disparity(self, network: Network, picture: Rgb, size: tuple[int, int]) -> Disparity:
        """Disparity [h,w] of a picture [H,W,3], seen at `size` (w, h); of a metric network in 1/metres."""
        pixels = torch.tensor(picture).permute(2, 0, 1)[None]
        seen = functional.interpolate(pixels, (size[1], size[0]), mode="bicubic", antialias=True).to(self.device)
        given = (seen.float() / 255 - self._mean) / self._std
        depth = network(given.to(DTYPES[self.plan.precision]) if self._network else given)[0].float()
        if self.info.kind == "metric":
            depth = 1 / depth.clamp_min(NEAREST)
        return depth.cpu().numpy()

    def _load(self, dtype: torch.dtype) -> DepthOnly:
        config, _, parameters = self._found.files
        return DepthOnly(load_network(config, parameters, self.info.kind, dtype, self._refusal)).eval()

    def _exported(self, size: tuple[int, int]) -> Network:
        def build() -> dict[str, Part]:
            return {"network": Part(self._load(torch.float32), (torch.zeros(1, 3, size[1], size[0]),))}

        key = GraphKey(self.info.name, self.weights, *size)
        network = open_network(key, self.plan, build)["network"]
        return lambda pictures: network(pictures)[0]

    def _refusal(self, path: Path, reason: str) -> DepthError:
        return DepthError(
            ExitCode.BAD_WEIGHTS,
            f"{path} does not belong to {self.info.title}: {reason}.",
            f"Fetch the weights again: depth-engine models fetch {self.info.name}",
        )


def load_model(module: DepthAnything, weights: Path | None, device: str, plan: ExecutionPlan) -> DepthAnythingModel:
    """As `DepthAnything.load`."""
    return DepthAnythingModel(module, find_weights(module.INFO, weights), device, plan)


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
