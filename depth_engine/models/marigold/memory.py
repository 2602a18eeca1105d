# SPDX-License-Identifier: Apache-2.0
"""What a shot costs: operations and memory. Imports nothing heavy.

Operations were counted over the published networks at 768x576. Memory bounds what was measured on a CPU.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from depth_engine.models.base import ExecutionPlan, ModelInfo, Precision, ShotSpec
from depth_engine.models.files import Refusal, tensor_shapes
from depth_engine.models.marigold.settings import processed_size
from depth_engine.models.marigold.variants import PATHS, TEXT_WEIGHTS, UNET_WEIGHTS, VAE_WEIGHTS
from depth_engine.models.weights import locate_weights

OPERATIONS_PER_PIXEL = {"encode": 4.35e6, "step": 3.36e6, "decode": 9.68e6}
OPERATIONS_PER_SECOND = {"cpu": 0.1e12, "cuda": 60e12, "mps": 4e12}
"""A guess until this machine was measured: two CPU cores, a large card in half precision, an Apple GPU."""

VAE_BYTES_PER_PIXEL, UNET_BYTES_PER_PIXEL = 8500, 4200
"""Activations for each pixel, in float32: more than at 256x192 on a CPU, where most was needed for each."""

LOADING_BYTES = 200e6
CONTEXT, FRAGMENTS = 0.6e9, 1.1
"""Of a card, besides what was counted."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Parameters of each network, and the channels of the UNet's and the VAE's first level: on it most of the
    activations lie. read: bytes of the largest file.
    """

    unet: int
    vae: int
    text: int
    unet_width: int
    vae_width: int
    read: int


PUBLISHED = Sizes(865_922_244, 83_653_863, 340_387_840, 320, 128, 1_731_927_776)


def sizes(info: ModelInfo, folder: Path | None, refusal: Refusal) -> Sizes:
    """Of the networks in a folder; None: of the published ones. Raises DepthError MISSING_WEIGHTS, or the refusal."""
    if folder is None:
        return PUBLISHED
    _, files = locate_weights(info, folder)
    paths = [files[PATHS.index(part)] for part in (UNET_WEIGHTS, VAE_WEIGHTS, TEXT_WEIGHTS)]
    unet, vae, text = (tensor_shapes(path, refusal) for path in paths)
    return Sizes(
        unet=sum(map(math.prod, unet.values())),
        vae=sum(map(math.prod, vae.values())),
        text=sum(map(math.prod, text.values())),
        unet_width=_width(paths[0], unet, "conv_in.weight", refusal),
        vae_width=_width(paths[1], vae, "encoder.conv_in.weight", refusal),
        read=max(path.stat().st_size for path in paths),
    )


def operations(spec: ShotSpec, steps: int, ensemble: int, sizes: Sizes) -> float:
    """Floating-point operations for each frame."""
    unet, vae = sizes.unet / PUBLISHED.unet, sizes.vae / PUBLISHED.vae
    each = OPERATIONS_PER_PIXEL
    member = steps * each["step"] * unet + each["decode"] * vae
    return math.prod(processed_size(spec)) * (each["encode"] * vae + ensemble * member)


def execution_plan(spec: ShotSpec, device: str, precision: Precision, sizes: Sizes) -> ExecutionPlan:
    """The one way to run it: the UNet and the VAE stay on the device, members and frames come one after another."""
    unet_size = 4 if precision == "fp32" else 2
    vae_size = 4 if precision == "fp32" or device == "cpu" else 2
    kept = sizes.unet * unet_size + sizes.vae * vae_size
    busy = math.prod(processed_size(spec)) * max(
        VAE_BYTES_PER_PIXEL * sizes.vae_width / PUBLISHED.vae_width * vae_size / 4,
        UNET_BYTES_PER_PIXEL * sizes.unet_width / PUBLISHED.unet_width * unet_size / 4,
    )
    loading = max(kept + sizes.read, sizes.text * 4 + sizes.read) + LOADING_BYTES
    if device == "cpu":
        return ExecutionPlan(precision, device_bytes=math.ceil(max(loading, kept + busy + LOADING_BYTES)))
    return ExecutionPlan(
        precision,
        device_bytes=math.ceil((kept + busy) * FRAGMENTS + CONTEXT),
        host_bytes=math.ceil(loading),
    )


def _width(path: Path, tensors: dict[str, tuple[int, ...]], name: str, refusal: Refusal) -> int:
    if not tensors.get(name):
        raise refusal(path, f"{name} is missing")
    return tensors[name][0]
