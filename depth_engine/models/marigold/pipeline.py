# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (diffusers carries few types.)
"""The three stages on tensors: encode a picture, denoise a depth latent beside it, decode that to depth.

The same operations as in diffusers' MarigoldDepthPipeline, so that float32 results are equal; that one resizes, asks
for random numbers and reports by itself, and cannot be stopped between steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from depth_engine.inference.device import DTYPES
from depth_engine.models.base import Precision
from depth_engine.models.marigold.networks import Networks


def vae_type(device: str, precision: Precision) -> torch.dtype:
    """bfloat16 has too few digits for depth, and CPUs are slow at float16."""
    return torch.float32 if precision == "fp32" or device == "cpu" else torch.float16


class Pipeline:
    """The networks at work. Tensors go in from the CPU or the device, and stay on the device; all are float32."""

    def __init__(self, networks: Networks, device: str, precision: Precision) -> None:
        """The networks are moved."""
        dtype = DTYPES[precision]
        self.device = torch.device(device)
        self._unet: Any = cast(Any, networks.unet).to(self.device)
        self._vae: Any = cast(Any, networks.vae).to(self.device)
        self._scheduler: Any = networks.scheduler
        self._prompt = networks.prompt.to(self.device, dtype)
        self._scaling = float(self._vae.config.scaling_factor)

    @torch.inference_mode()
    def encode(self, picture: Tensor) -> Tensor:
        """The latent [1,4,h,w] of a picture [1,3,8h,8w] in [-1,1]: the distribution's mode, scaled."""
        encoded = self._vae.encode(picture.to(self.device, self._vae.dtype)).latent_dist.mode()
        return encoded.float() * self._scaling

    @torch.inference_mode()
    def denoise(
        self,
        picture: Tensor,
        start: Tensor,
        steps: int,
        generator: torch.Generator,
        on_step: Callable[[int], None],
    ) -> Tensor:
        """The depth latent [1,4,h,w] of a picture's latent.

        start: unit-normal, or nearly so. generator: for the noise between the steps of an LCM; a DDIM has none.
        on_step: called before each step with its index; it may raise.
        """
        latent = start.to(self.device)
        self._scheduler.set_timesteps(steps, device=self.device)
        for index, time in enumerate(self._scheduler.timesteps):
            on_step(index)
            seen = torch.cat([picture, latent], dim=1).to(self._prompt.dtype)
            output = self._unet(seen, time, encoder_hidden_states=self._prompt, return_dict=False)[0].float()
            latent = self._scheduler.step(output, time, latent, generator=generator, return_dict=False)[0]
        return latent

    @torch.inference_mode()
    def decode(self, latent: Tensor) -> Tensor:
        """Depth [8h,8w] of its latent: the mean of three channels, from 0, near, to 1, far, beyond which it is cut."""
        decoded = self._vae.decode((latent / self._scaling).to(self._vae.dtype), return_dict=False)[0].float()
        return (decoded.mean(dim=1)[0].clamp(-1, 1) + 1) / 2
