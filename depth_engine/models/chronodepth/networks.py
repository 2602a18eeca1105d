# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (transformers carries few types.)
"""ChronoDepth's networks: its UNet, the VAE of Stable Video Diffusion XT, and what CLIP makes of nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from depth_engine.models.chronodepth.settings import LAYOUT
from depth_engine.models.svd.networks import ClipEncoder, VideoNetworks, load_clip, load_video_networks


@dataclass(frozen=True, slots=True)
class Networks:
    """token: what cross-attention sees of every frame [1,D], float32."""

    video: VideoNetworks
    token: Tensor


def load_networks(folder: Path, dtype: torch.dtype) -> Networks:
    """Read `folder`/chronodepth and `folder`/svd.

    Raises DepthError MISSING_WEIGHTS or BAD_WEIGHTS that names the file.
    """
    token = blank_token(load_clip(folder, LAYOUT, torch.float32))
    return Networks(load_video_networks(folder, LAYOUT, dtype), token)


@torch.inference_mode()
def blank_token(clip: ClipEncoder) -> Tensor:
    """CLIP's embedding of a black picture [1,D].

    The published program disables cross-attention to CLIP by blackening the picture that CLIP sees: the layers stay,
    and add the same to every pixel of every frame. So CLIP is needed once, and not beside the other networks.
    """
    side = cast(int, clip.network.config.image_size)
    pixels = ((0 - clip.mean) / clip.std)[None, :, None, None].expand(-1, -1, side, side)
    return clip.network(pixels.to(clip.network.dtype)).image_embeds.float()
