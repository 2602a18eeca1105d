# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportIncompatibleMethodOverride=false
# (diffusers' blocks carry no types.)
"""Stable Video Diffusion's UNet, asked with one CLIP token, and if wanted one noise level, for each frame.

The blocks are diffusers' own; only how they are put together differs from its `forward`, which repeats one token and
one level for the whole clip. In the blocks, spatial cross-attention then sees its own frame's token, temporal
cross-attention the token of the window's first frame.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from torch import Tensor


class FrameTokenUNet(UNetSpatioTemporalConditionModel):
    """The network F of the EDM preconditioning."""

    def forward(self, sample: Tensor, noise_level: Tensor, tokens: Tensor, time_ids: Tensor) -> Tensor:
        """F for one window.

        sample [T,8,h,w]: scaled noisy latents over condition latents, h and w multiples of 8. noise_level: 0.25 ln
        sigma, 0-d for all frames or [T]. tokens [T,D]. time_ids [3]. Returns [T,4,h,w] in its `dtype`.
        """
        net: Any = self
        dtype = net.dtype  # of the computation, also where weights are stored in another
        count = sample.shape[0]
        time = net.time_proj(noise_level.reshape(-1)).to(dtype)
        ids = net.add_time_proj(time_ids.flatten()).reshape(1, -1).to(dtype)
        embedding = net.time_embedding(time) + net.add_embedding(ids)
        frames = {
            "temb": embedding.expand(count, -1),
            "image_only_indicator": torch.zeros(1, count, dtype=dtype, device=sample.device),
        }
        attended = {"encoder_hidden_states": tokens.to(dtype)[:, None]}

        hidden = net.conv_in(sample.to(dtype))
        skips = [hidden]
        for block in net.down_blocks:
            hidden, outputs = block(hidden, **frames, **(attended if _attends(block) else {}))
            skips.extend(outputs)
            del outputs
        hidden = net.mid_block(hidden, **frames, **attended)
        for block in net.up_blocks:
            taken = len(block.resnets)
            own = tuple(skips[-taken:])
            del skips[-taken:]
            hidden = block(hidden, res_hidden_states_tuple=own, **frames, **(attended if _attends(block) else {}))
        return net.conv_out(net.conv_act(net.conv_norm_out(hidden)))


def _attends(block: Any) -> bool:
    return getattr(block, "has_cross_attention", False)
