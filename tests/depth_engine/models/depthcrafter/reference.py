# SPDX-License-Identifier: GPL-3.0-or-later
"""DepthCrafter from diffusers' and transformers' own parts, in the plainest way: the whole clip at once, every step in
the open. It shares no code with the engine's. What it lacks is only the command line around it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing
from torch import Tensor

from tests.depth_engine.models.svd.parts import Parts


class PerFrameTokens:
    """CLIP tokens [1,T,D] for diffusers' UNet, which repeats one token a clip: here there is one for each frame."""

    def __init__(self, tokens: Tensor) -> None:
        self.tokens = tokens
        self.shape = (1, 1, tokens.shape[2])

    def repeat_interleave(self, count: int, **_: object) -> Tensor:
        assert count == self.tokens.shape[1]
        return self.tokens[0][:, None]


class Reference(Parts):
    """The published algorithm with them."""

    def __init__(self, folder: Path, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(folder, "depthcrafter", dtype)

    @torch.no_grad()
    def latents(
        self,
        video: np.ndarray,
        initial: Tensor,
        augmentation: Tensor,
        *,
        window: int,
        overlap: int,
        steps: int,
        guidance: float,
    ) -> Tensor:
        """Stitched latents [T,4,h,w]. video [T,H,W,3] uint8; initial [W,4,h,w]; augmentation [T,3,H,W]."""
        frames = (torch.from_numpy(video).permute(0, 3, 1, 2).float() / 255 * 2 - 1).to(self.dtype)
        count = len(frames)
        window, overlap = (count, 0) if count <= window else (window, overlap)
        tokens = torch.cat([self._tokens(part) for part in frames.split(8)])
        noisy = frames + 0.02 * augmentation.to(self.dtype)
        condition = torch.cat([self.vae.encode(part).latent_dist.mode() for part in noisy.split(8)])
        self.scheduler.set_timesteps(steps)
        buffer = initial.to(self.dtype) * self.scheduler.init_noise_sigma
        stitched: Tensor | None = None
        for start in range(0, count - overlap, window - overlap):
            end = min(start + window, count)
            sample = buffer[: end - start].clone()
            buffer = buffer.roll(overlap, dims=0)
            self.scheduler.set_timesteps(steps)
            if stitched is not None and overlap:
                sigma = self.scheduler.sigmas[0]
                sample[:overlap] = stitched[-overlap:] + sample[:overlap] / self.scheduler.init_noise_sigma * sigma
            sample = self._denoised(sample, condition[start:end], tokens[start:end], guidance)
            if stitched is None or not overlap:
                stitched = sample if stitched is None else torch.cat([stitched, sample])
            else:
                weight = torch.linspace(0, 1, overlap, dtype=self.dtype)[:, None, None, None]
                stitched[-overlap:] = sample[:overlap] * weight + stitched[-overlap:] * (1 - weight)
                stitched = torch.cat([stitched, sample[overlap:]])
        assert stitched is not None
        return stitched

    @torch.no_grad()
    def disparity(self, latents: Tensor) -> Tensor:
        """Raw disparity [T,H,W]: chunks of 8, channels clamped, then averaged."""
        scaled = latents.to(self.dtype) / self.vae.config.scaling_factor
        decoded = torch.cat([self.vae.decode(part, num_frames=len(part)).sample for part in scaled.split(8)])
        return (decoded * 0.5 + 0.5).clamp(0, 1).mean(dim=1)

    def _tokens(self, frames: Tensor) -> Tensor:
        small = (_resize_with_antialiasing(frames.float(), (224, 224)) + 1) / 2
        pixels = self.processor(
            images=small,
            do_normalize=True,
            do_center_crop=False,
            do_resize=False,
            do_rescale=False,
            return_tensors="pt",
        ).pixel_values
        return self.clip(pixels.to(self.dtype)).image_embeds

    def _denoised(self, sample: Tensor, condition: Tensor, tokens: Tensor, guidance: float) -> Tensor:
        for time in self.scheduler.timesteps:
            scaled = self.scheduler.scale_model_input(sample, time)
            output = self._network(scaled, time, condition, tokens)
            if guidance > 1:
                blank = self._network(scaled, time, torch.zeros_like(condition), torch.zeros_like(tokens))
                output = blank + guidance * (output - blank)
            sample = self.scheduler.step(output, time, sample).prev_sample
        return sample

    def _network(self, scaled: Tensor, time: Tensor, condition: Tensor, tokens: Tensor) -> Tensor:
        ids = torch.tensor([[7, 127, 0.02]], dtype=self.dtype)
        stacked = torch.cat([scaled, condition], dim=1)[None]
        return self.unet(stacked, time, PerFrameTokens(tokens[None]), ids).sample[0]
