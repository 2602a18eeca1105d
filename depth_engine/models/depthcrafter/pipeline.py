# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (diffusers and transformers carry few types.)
"""The three stages on tensors: encode frames to conditions, denoise one window, decode latents to disparity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from depth_engine.models.base import ExecutionPlan
from depth_engine.models.depthcrafter.conditioning import clip_input
from depth_engine.models.depthcrafter.networks import Networks
from depth_engine.models.svd.backbone import Backbone
from depth_engine.models.svd.schedule import Schedule

TIME_IDS = (7.0, 127.0, 0.02)
"""Frame rate, motion bucket and noise augmentation, as the UNet was trained with."""

AUGMENTATION = 0.02


@dataclass(frozen=True, slots=True)
class Condition:
    """What denoising knows of frames: CLIP tokens [n,D] and the VAE's unscaled latents [n,4,h,w], float32."""

    tokens: Tensor
    latents: Tensor

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, frames: slice) -> Condition:
        return Condition(self.tokens[frames], self.latents[frames])

    def followed_by(self, other: Condition) -> Condition:
        return Condition(torch.cat([self.tokens, other.tokens]), torch.cat([self.latents, other.latents]))


def make_pipeline(networks: Networks, device: str, plan: ExecutionPlan) -> Pipeline:
    """The networks made ready for a device as the plan says. They are changed in place."""
    return Pipeline(networks, Backbone(networks, device, plan))


class Pipeline:
    """The networks at work. Tensors go in from the CPU or the device; results stay on the device unless said."""

    def __init__(self, networks: Networks, backbone: Backbone) -> None:
        self._networks = networks
        self._backbone = backbone

    @property
    def device(self) -> torch.device:
        return self._backbone.device

    def schedule(self, steps: int) -> Schedule:
        return self._backbone.schedule(steps)

    @torch.inference_mode()
    def encode(self, frames: Tensor, augmentation: Tensor) -> Condition:
        """Frames [n,3,H,W] float32 in [-1,1]; augmentation [n,3,H,W], unit-normal.

        CLIP sees the clean frames, the VAE noisy ones. The latents are the distribution's mode, not scaled.
        """
        networks = self._networks
        frames, augmentation = frames.to(self.device), augmentation.to(self.device)
        with self._backbone.residence.encoding():
            pixels = clip_input(frames, networks.image_mean.to(frames), networks.image_std.to(frames))
            tokens = networks.clip(pixels.to(networks.clip.dtype)).image_embeds
            encoded = self._backbone.encode(frames + AUGMENTATION * augmentation)
            latents = torch.cat([distribution.mode() for distribution in encoded])
        return Condition(tokens.float(), latents.float())

    @torch.inference_mode()
    def denoise(
        self,
        condition: Condition,
        noise: Tensor,
        known: Tensor,
        schedule: Schedule,
        guidance: float,
        on_step: Callable[[int], None],
    ) -> Tensor:
        """Latents [T,4,h,w] float32 of one window (scaled, ready to decode).

        noise [T,4,h,w]: unit-normal. known [o,4,h,w]: the window's first latents as the window before left them; they
        are noised again to start from. on_step: called before each step with its index; it may raise.
        """
        sample = noise.to(self.device) * schedule.initial_scale
        count = len(known)
        sample[:count] = known + sample[:count] / schedule.initial_scale * schedule.sigmas[0]
        blank = Condition(torch.zeros_like(condition.tokens), torch.zeros_like(condition.latents))
        with self._backbone.residence.denoising():
            for step in range(schedule.steps):
                on_step(step)
                output = self._predict(schedule.scaled(sample, step), schedule.noise_level(step), condition)
                if guidance > 1:
                    without = self._predict(schedule.scaled(sample, step), schedule.noise_level(step), blank)
                    output = without + guidance * (output - without)
                sample = schedule.euler(sample, output, step)
        return sample

    def _predict(self, scaled: Tensor, noise_level: Tensor, condition: Condition) -> Tensor:
        stacked = torch.cat([scaled, condition.latents], dim=1)
        return self._backbone.predict(stacked, noise_level, condition.tokens, TIME_IDS)

    @torch.inference_mode()
    def decode(self, latents: Tensor, *, clamp: bool) -> Tensor:
        """Disparity [n,H,W] float32 of n frames decoded together: the mean of the VAE's three channels, about 0..1.

        clamp: bring each channel into 0..1 first, as the published code does.
        """
        channels = self._backbone.decode(latents) * 0.5 + 0.5
        return (channels.clamp(0, 1) if clamp else channels).mean(dim=1)
