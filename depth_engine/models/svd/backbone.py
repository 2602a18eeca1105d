# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (diffusers carries few types.)
"""The networks at work on tensors, as every model on Stable Video Diffusion needs them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from depth_engine.models.base import ExecutionPlan
from depth_engine.models.svd.blocks import quicken
from depth_engine.models.svd.networks import VideoNetworks
from depth_engine.models.svd.residency import Residence
from depth_engine.models.svd.schedule import Schedule


class Backbone:
    """UNet and VAE, made ready for a device as a plan says. Results stay on the device."""

    def __init__(self, networks: VideoNetworks, device: str, plan: ExecutionPlan) -> None:
        """The networks are changed in place."""
        if not plan.stock:
            for network in (networks.unet, networks.vae):
                quicken(network, sliced=plan.chunked)
        self._networks = networks
        self._vae: Any = networks.vae
        self._sliced = plan.chunked
        self.residence = Residence(networks, device, plan.residency)

    @property
    def device(self) -> torch.device:
        return self.residence.device

    @property
    def scaling(self) -> float:
        """Of the VAE's latents."""
        return self._networks.scaling

    def schedule(self, steps: int) -> Schedule:
        return Schedule.karras(steps, self._networks.sigma_min, self._networks.sigma_max)

    def encode(self, frames: Tensor) -> Any:
        """The latents' distributions (diffusers' own class) for frames [n,3,H,W], a few frames each; not scaled.

        Call it within `residence.encoding()`. Always in float32, for the published VAE overflows in float16. In slices,
        frames are encoded one by one, which changes no result.
        """
        return [self._vae.encode(part).latent_dist for part in frames.split(1 if self._sliced else len(frames))]

    def predict(self, stacked: Tensor, noise_level: Tensor, tokens: Tensor, time_ids: tuple[float, ...]) -> Tensor:
        """F [T,4,h,w] float32 for one window.

        stacked [T,8,h,w]: scaled latents and condition; noise_level: 0-d, or [T]; tokens [T,D]; time_ids: frame rate,
        motion bucket and noise augmentation. Call it within `residence.denoising()`.
        """
        ids = torch.tensor(time_ids, device=self.device)
        return self._networks.unet(stacked, noise_level.to(self.device), tokens, ids).float()

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> Tensor:
        """Pictures [n,3,H,W] float32, about -1..1, of the latents [n,4,h,w] of n frames decoded together."""
        with self.residence.decoding() as dtype:
            scaled = (latents.to(self.device) / self._networks.scaling).to(dtype)
            return self._vae.decode(scaled, num_frames=len(latents)).sample.float()
