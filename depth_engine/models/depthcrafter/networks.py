# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (diffusers and transformers carry few types.)
"""The three networks, from the published files: DepthCrafter's UNet, and VAE and CLIP of Stable Video Diffusion XT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from depth_engine.models.depthcrafter.folder import (
    CLIP,
    PREPROCESSOR,
    SCHEDULER,
    UNET,
    VAE,
    bad_weights,
    read_config,
    weight_file,
)
from depth_engine.models.depthcrafter.unet import FrameTokenUNet
from depth_engine.models.parameters import load_parameters

N = TypeVar("N", bound=nn.Module)

NOT_PARAMETERS = {"vision_model.embeddings.position_ids"}
"""In some published files, though it is only 0, 1, 2 …"""


@dataclass(frozen=True, slots=True)
class Networks:
    """Networks on the CPU in one type, and what their configs say.

    sigma_min, sigma_max: of the schedule. image_mean, image_std: [3], CLIP's. scaling: of the VAE's latents.
    """

    unet: FrameTokenUNet
    vae: AutoencoderKLTemporalDecoder
    clip: CLIPVisionModelWithProjection
    sigma_min: float
    sigma_max: float
    image_mean: Tensor
    image_std: Tensor
    scaling: float


def load_networks(folder: Path, dtype: torch.dtype) -> Networks:
    """Read `folder`/depthcrafter and `folder`/svd.

    Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS that names the file.
    """
    scheduler, preprocessor = read_config(folder / SCHEDULER), read_config(folder / PREPROCESSOR)
    vae = _load(folder, VAE, build_vae, dtype)
    try:
        return Networks(
            _load(folder, UNET, build_unet, dtype),
            vae,
            _load(folder, CLIP, build_clip, dtype),
            float(scheduler["sigma_min"]),
            float(scheduler["sigma_max"]),
            torch.tensor(preprocessor["image_mean"]),
            torch.tensor(preprocessor["image_std"]),
            float(cast(Any, vae).config.scaling_factor),
        )
    except KeyError as error:
        raise bad_weights(folder / "svd", f"a config has no {error.args[0]}") from None


def build_unet(config: Mapping[str, Any]) -> FrameTokenUNet:
    """The network of a published config (whatever class that names), without its weights, on the meta device."""
    with torch.device("meta"):
        return cast(FrameTokenUNet, FrameTokenUNet.from_config(_public(config)))


def build_vae(config: Mapping[str, Any]) -> AutoencoderKLTemporalDecoder:
    """As `build_unet`."""
    with torch.device("meta"):
        return cast(AutoencoderKLTemporalDecoder, AutoencoderKLTemporalDecoder.from_config(_public(config)))


def build_clip(config: Mapping[str, Any]) -> CLIPVisionModelWithProjection:
    """As `build_unet`."""
    with torch.device("meta"):
        return CLIPVisionModelWithProjection(CLIPVisionConfig.from_dict(dict(config)))


def _load(folder: Path, part: str, build: Callable[[Mapping[str, Any]], N], dtype: torch.dtype) -> N:
    network = build(read_config(folder / part / "config.json"))
    path = weight_file(folder, part)
    load_parameters(network, path, dtype, bad_weights, ignored=NOT_PARAMETERS)
    fill_buffers(network)
    return network.eval()


def fill_buffers(network: nn.Module) -> None:
    """Buffers are in no file; the only one that these networks have counts CLIP's positions from 0."""
    device = next(network.parameters()).device
    for name, buffer in list(network.named_buffers()):
        module, _, leaf = name.rpartition(".")
        if leaf != "position_ids":
            raise RuntimeError(f"{name} has no known value")
        setattr(network.get_submodule(module), leaf, torch.arange(buffer.shape[-1], device=device)[None])


def _public(config: Mapping[str, Any]) -> dict[str, Any]:
    """Without the entries that name a class: the published UNet's is not one of diffusers'."""
    return {name: value for name, value in config.items() if not name.startswith("_")}
