# SPDX-License-Identifier: GPL-3.0-or-later
"""ChronoDepth's published algorithm from diffusers' and transformers' own parts, in the plainest way: the whole clip at
once, every step in the open. It shares no code with the engine's.

Facts: github.com/jhaoshao/ChronoDepth at 5da7e0e (chronodepth_pipeline.py, infer_mode "ours"; run_infer.py's defaults).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.depth_engine.models.svd.parts import Parts


@dataclass
class PerFrameEmbedding:
    """Time embeddings [T,E] for diffusers' UNet, which repeats one for a clip: here there is one for each frame."""

    rows: Tensor

    @property
    def dtype(self) -> torch.dtype:
        return self.rows.dtype

    @property
    def shape(self) -> tuple[int, int]:
        return (1, self.rows.shape[1])

    def __add__(self, other: Tensor) -> PerFrameEmbedding:
        return PerFrameEmbedding(self.rows + other)

    def repeat_interleave(self, count: int, **_: object) -> Tensor:
        assert count == len(self.rows)
        return self.rows


class Reference(Parts):
    """The published algorithm with them."""

    def __init__(self, folder: Path, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(folder, "chronodepth", dtype)

    @torch.no_grad()
    def depth(
        self,
        video: NDArray[np.uint8],
        initial: Tensor,
        posterior: Tensor,
        *,
        n_tokens: int = 10,
        chunk_size: int = 5,
        steps: int = 5,
    ) -> Tensor:
        """Depth [T,H,W] in 0..1. video [T,H,W,3]; initial, posterior [T,4,h,w]: unit-normal noise for each frame."""
        frames = (torch.from_numpy(video).permute(0, 3, 1, 2).float() / 255 * 2 - 1).to(self.dtype)
        rgb = self._encoded(frames, posterior.to(self.dtype))
        found = torch.zeros(0, *rgb.shape[1:], dtype=self.dtype)
        while len(found) < len(frames):
            known = len(found)
            horizon = min(len(frames) - known, chunk_size if known else n_tokens)
            start = max(0, known + horizon - n_tokens)
            self.scheduler.set_timesteps(steps)
            fresh = initial[known : known + horizon].to(self.dtype) * self.scheduler.init_noise_sigma
            for time in self.scheduler.timesteps:
                fresh = self.scheduler.scale_model_input(fresh, time)  # the step below goes on from it, too
                levels = torch.cat([torch.full((known - start,), -4.0), time.repeat(horizon)])
                stacked = torch.cat([rgb[start : known + horizon], torch.cat([found[start:], fresh])], dim=1)
                output = self._network(stacked, levels)[-horizon:]
                fresh = self.scheduler.step(output, time, fresh).prev_sample
            found = torch.cat([found, fresh])
        scaled = found / self.vae.config.scaling_factor
        decoded = torch.cat([self.vae.decode(part, num_frames=len(part)).sample for part in scaled.split(8)])
        return (decoded.mean(dim=1).clip(-1, 1) + 1) / 2

    def _encoded(self, frames: Tensor, posterior: Tensor) -> Tensor:
        drawn: list[Tensor] = []
        for part, noise in zip(frames.split(5), posterior.split(5)):
            distribution = self.vae.encode(part).latent_dist
            drawn.append(distribution.mean + distribution.std * noise)
        return torch.cat(drawn) * self.vae.config.scaling_factor

    def _token(self) -> Tensor:
        black = self.processor(
            images=torch.zeros(1, 3, 224, 224),
            do_normalize=True,
            do_center_crop=False,
            do_resize=False,
            do_rescale=False,
            return_tensors="pt",
        ).pixel_values
        return self.clip(black.to(self.dtype)).image_embeds

    def _network(self, stacked: Tensor, levels: Tensor) -> Tensor:
        """The UNet, told a noise level for each frame: its embedding of the first one is swapped for that of all."""
        embedding = self.unet.time_embedding
        rows = embedding(self.unet.time_proj(levels).to(self.dtype))
        handle = embedding.register_forward_hook(lambda *_: PerFrameEmbedding(rows))
        try:
            ids = torch.tensor([[6, 127, 0.0]], dtype=self.dtype)
            return self.unet(stacked[None], levels[0], self._token()[None], ids).sample[0]
        finally:
            handle.remove()
