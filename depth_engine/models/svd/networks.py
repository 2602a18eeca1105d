# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (diffusers and transformers carry few types.)
"""The networks, from the published files: a model's UNet, and VAE and CLIP of Stable Video Diffusion XT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from huggingface_hub.errors import StrictDataclassError
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from depth_engine.models.parameters import load_parameters
from depth_engine.models.svd.folder import CLIP, PREPROCESSOR, SCHEDULER, VAE, Layout
from depth_engine.models.svd.unet import FrameTokenUNet

N = TypeVar("N", bound=nn.Module)

UNBUILDABLE = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, StrictDataclassError)
"""What diffusers and transformers raise for a config with wrong values."""

NOT_PARAMETERS = {"vision_model.embeddings.position_ids"}
"""In some published files, though it is only 0, 1, 2 …"""


@dataclass(frozen=True, slots=True)
class VideoNetworks:
    """UNet and VAE on the CPU in one type, and what their configs say.

    sigma_min, sigma_max: of the schedule. scaling: of the VAE's latents.
    """

    unet: FrameTokenUNet
    vae: AutoencoderKLTemporalDecoder
    sigma_min: float
    sigma_max: float
    scaling: float

    @property
    def conditioners(self) -> tuple[nn.Module, ...]:
        """Networks that look at frames beside the VAE's encoder."""
        return ()


@dataclass(frozen=True, slots=True)
class ClipEncoder:
    """CLIP's image encoder and its preprocessing. mean, std: [3]."""

    network: CLIPVisionModelWithProjection
    mean: Tensor
    std: Tensor


def load_video_networks(folder: Path, layout: Layout, dtype: torch.dtype) -> VideoNetworks:
    """Read the model's UNet and svd/vae. Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS that names the file."""
    path = folder / SCHEDULER
    with_sigmas = layout.read_config(path)
    vae = _load(folder, layout, VAE, build_vae, dtype)
    try:
        low, high = float(with_sigmas["sigma_min"]), float(with_sigmas["sigma_max"])
    except (KeyError, TypeError, ValueError):
        raise layout.bad_weights(path, "it has no sigma_min and sigma_max") from None
    unet = _load(folder, layout, layout.name, build_unet, dtype)
    return VideoNetworks(unet, vae, low, high, float(cast(Any, vae).config.scaling_factor))


def load_clip(folder: Path, layout: Layout, dtype: torch.dtype) -> ClipEncoder:
    """Read svd/image_encoder and svd/feature_extractor. Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS."""
    path = folder / PREPROCESSOR
    preprocessor = layout.read_config(path)
    try:
        mean, std = (torch.tensor(preprocessor[key], dtype=torch.float32) for key in ("image_mean", "image_std"))
    except (KeyError, TypeError, ValueError):
        raise layout.bad_weights(path, "it has no image_mean and image_std") from None
    if mean.shape != (3,) or std.shape != (3,):
        raise layout.bad_weights(path, "image_mean and image_std are not three numbers")
    return ClipEncoder(_load(folder, layout, CLIP, build_clip, dtype), mean, std)


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


def _load(folder: Path, layout: Layout, part: str, build: Callable[[Mapping[str, Any]], N], dtype: torch.dtype) -> N:
    path = folder / part / "config.json"
    config = layout.read_config(path)
    try:
        network = build(config)
    except UNBUILDABLE as error:
        raise layout.bad_weights(path, f"no network can be made of it ({error})") from None
    load_parameters(network, layout.weight_file(folder, part), dtype, layout.bad_weights, ignored=NOT_PARAMETERS)
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
    """Without the entries that name a class: a published UNet's is not one of diffusers'."""
    return {name: value for name, value in config.items() if not name.startswith("_")}
