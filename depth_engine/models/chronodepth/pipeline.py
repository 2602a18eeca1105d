# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (diffusers carries few types.)
"""The three stages on tensors: encode frames to conditions, denoise a window's new frames, decode latents to depth."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from depth_engine.models.base import ExecutionPlan
from depth_engine.models.chronodepth.networks import Networks
from depth_engine.models.svd.backbone import Backbone
from depth_engine.models.svd.schedule import Schedule

TIME_IDS = (6.0, 127.0, 0.0)
"""Frame rate less one, motion bucket and noise augmentation, as the UNet was trained with."""

KNOWN_LEVEL = -4.0
"""0.25 ln sigma that the UNet is told of known frames (the paper's sigma_epsilon): nearly no noise. None is added."""


def make_pipeline(networks: Networks, device: str, plan: ExecutionPlan) -> Pipeline:
    """The networks made ready for a device as the plan says. They are changed in place."""
    return Pipeline(Backbone(networks.video, device, plan), networks.token)


class Pipeline:
    """The networks at work. Tensors go in from the CPU or the device; results stay on the device."""

    def __init__(self, backbone: Backbone, token: Tensor) -> None:
        self._backbone = backbone
        self._token = token.to(backbone.device)

    @property
    def device(self) -> torch.device:
        return self._backbone.device

    def schedule(self, steps: int) -> Schedule:
        return self._backbone.schedule(steps)

    @torch.inference_mode()
    def encode(self, frames: Tensor, noise: Tensor) -> Tensor:
        """Scaled latents [n,4,h,w] float32 of frames [n,3,H,W] float32 in [-1,1].

        Latents are drawn from the VAE's distribution. noise [n,4,h,w]: unit-normal, for that.
        """
        with self._backbone.residence.encoding():
            encoded = self._backbone.encode(frames.to(self.device))
        mean = torch.cat([distribution.mean for distribution in encoded]).float()
        deviation = torch.cat([distribution.std for distribution in encoded]).float()
        return (mean + deviation * noise.to(self.device)) * self._backbone.scaling

    @torch.inference_mode()
    def denoise(
        self, condition: Tensor, known: Tensor, noise: Tensor, schedule: Schedule, on_step: Callable[[int], None]
    ) -> Tensor:
        """Latents [n,4,h,w] float32 of a window's new frames (scaled, ready to decode).

        condition [o+n,4,h,w]: what `encode` made of the window's frames. known [o,4,h,w]: the latents of its first
        frames, which stay as they are. noise [n,4,h,w]: unit-normal. on_step: called before each step with its index;
        it may raise.

        Each step goes on from the network's input, c_in x, where the EDM sampler (Karras et al. 2022) goes on from x:
        so does the published program, with which the published results were made.
        """
        sample = noise.to(self.device) * schedule.initial_scale
        count = len(known)
        tokens = self._token.expand(len(condition), -1)
        with self._backbone.residence.denoising():
            for step in range(schedule.steps):
                on_step(step)
                sample = schedule.scaled(sample, step)
                levels = torch.full((len(condition),), KNOWN_LEVEL)
                levels[count:] = schedule.noise_level(step)
                stacked = torch.cat([condition, torch.cat([known, sample])], dim=1)
                output = self._backbone.predict(stacked, levels, tokens, TIME_IDS)[count:]
                sample = schedule.euler(sample, output, step)
        return sample

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> Tensor:
        """Depth [n,H,W] float32 in 0..1, near = small, of n frames decoded together: the mean of the VAE's channels."""
        return self._backbone.decode(latents).mean(dim=1).clamp(-1, 1) * 0.5 + 0.5
