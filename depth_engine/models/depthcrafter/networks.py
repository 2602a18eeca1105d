# SPDX-License-Identifier: Apache-2.0
"""DepthCrafter's networks: its UNet, and VAE and CLIP of Stable Video Diffusion XT."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import CLIPVisionModelWithProjection

from depth_engine.models.depthcrafter.folder import LAYOUT
from depth_engine.models.svd.networks import VideoNetworks, load_clip, load_video_networks


@dataclass(frozen=True, slots=True)
class Networks(VideoNetworks):
    """As `VideoNetworks`, and CLIP, which sees every frame. image_mean, image_std: [3], CLIP's."""

    clip: CLIPVisionModelWithProjection
    image_mean: Tensor
    image_std: Tensor

    @property
    def conditioners(self) -> tuple[nn.Module, ...]:
        return (self.clip,)


def load_networks(folder: Path, dtype: torch.dtype) -> Networks:
    """Read `folder`/depthcrafter and `folder`/svd.

    Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS that names the file.
    """
    video, clip = load_video_networks(folder, LAYOUT, dtype), load_clip(folder, LAYOUT, dtype)
    return Networks(
        video.unet, video.vae, video.sigma_min, video.sigma_max, video.scaling, clip.network, clip.mean, clip.std
    )
