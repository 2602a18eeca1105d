# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false
# (diffusers' blocks carry no types.)
"""Stable Video Diffusion's blocks with the same parameters and the same results, in less time and memory.

What is exact and why:
- Cross-attention sees one token. Softmax over one key is 1, so it is a constant: to_out(to_v(token)).
- A video block is x + (1 - alpha) f(x) after blending; (1 - alpha) goes into f's last convolution.
- A 3x1x1 convolution over frames is a 3x1 convolution over the channels-last tensor seen as a picture of frames by
  pixels, without a copy.
- Spatial blocks treat frames, temporal blocks pixels independently: both may work on slices.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from diffusers.models.attention import BasicTransformerBlock, TemporalBasicTransformerBlock
from diffusers.models.resnet import ResnetBlock2D, SpatioTemporalResBlock
from diffusers.models.transformers.transformer_temporal import TransformerSpatioTemporalModel
from torch import Tensor, nn
from torch.nn import functional

from depth_engine.models.svd.norm import GroupNorm

FRAMES_PER_SLICE = 8
PIXEL_SLICES = 16


def quicken(network: nn.Module, *, sliced: bool) -> None:
    """Replace the blocks of a UNet, or of a VAE's encoder or decoder, in place. sliced: for less memory."""
    for name, child in network.named_children():
        if isinstance(child, SpatioTemporalResBlock):
            setattr(network, name, VideoResidual(child, sliced=sliced))
        elif isinstance(child, ResnetBlock2D):
            setattr(network, name, Residual(child, sliced=sliced))
        elif isinstance(child, TransformerSpatioTemporalModel):
            setattr(network, name, VideoTransformer(child, sliced=sliced))
        elif isinstance(child, nn.ModuleList | nn.ModuleDict) or list(child.children()):
            quicken(child, sliced=sliced)
    if isinstance(getattr(network, "conv_norm_out", None), nn.GroupNorm):  # the last one, followed by SiLU
        net = cast(Any, network)
        net.conv_norm_out, net.conv_act = GroupNorm(net.conv_norm_out), nn.Identity()
    for parameter in network.parameters(recurse=True):
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


class Residual(nn.Module):
    """A ResnetBlock2D: each frame on its own."""

    def __init__(self, block: Any, *, sliced: bool) -> None:
        super().__init__()
        self.norm1, self.norm2 = GroupNorm(block.norm1), GroupNorm(block.norm2)
        self.conv1, self.conv2 = block.conv1, block.conv2
        self.time_emb_proj, self.conv_shortcut = block.time_emb_proj, block.conv_shortcut
        self.sliced = sliced

    def forward(self, hidden: Tensor, temb: Tensor | None = None) -> Tensor:
        """Hidden [n,C,H,W]; temb [n,E], or None in a VAE."""
        if not self.sliced or len(hidden) <= FRAMES_PER_SLICE:
            return self._whole(hidden, temb)
        width = self.conv2.out_channels
        out = hidden.new_empty(len(hidden), width, *hidden.shape[2:]).contiguous(memory_format=torch.channels_last)
        for frames in _slices(len(hidden), FRAMES_PER_SLICE):
            out[frames] = self._whole(hidden[frames], None if temb is None else temb[frames])
        return out

    def _whole(self, hidden: Tensor, temb: Tensor | None) -> Tensor:
        inner = self.conv1(self.norm1(hidden))
        if self.time_emb_proj is not None and temb is not None:
            inner += self.time_emb_proj(functional.silu(temb))[:, :, None, None]
        inner = self.conv2(self.norm2(inner))
        return inner.add_(hidden if self.conv_shortcut is None else self.conv_shortcut(hidden))


class VideoResidual(nn.Module):
    """A SpatioTemporalResBlock: a Residual, then one over time."""

    def __init__(self, block: Any, *, sliced: bool) -> None:
        super().__init__()
        self.spatial = Residual(block.spatial_res_block, sliced=sliced)
        temporal = block.temporal_res_block
        self.norm1, self.norm2 = GroupNorm(temporal.norm1, joint=True), GroupNorm(temporal.norm2, joint=True)
        self.time_emb_proj = temporal.time_emb_proj
        spatial_share = torch.sigmoid(block.time_mixer.mix_factor.detach().double())
        if block.time_mixer.switch_spatial_to_temporal_mix:
            spatial_share = 1 - spatial_share
        self.conv1 = TimeConvolution(temporal.conv1)
        self.conv2 = TimeConvolution(temporal.conv2, share=float(1 - spatial_share))

    def forward(self, hidden: Tensor, temb: Tensor | None = None, image_only_indicator: Tensor | None = None) -> Tensor:
        """Hidden [T,C,H,W], one window or chunk; the indicator is always zero and not looked at."""
        spatial = self.spatial(hidden, temb)
        inner = self.conv1(self.norm1(spatial))
        if self.time_emb_proj is not None and temb is not None:
            inner += self.time_emb_proj(functional.silu(temb))[:, :, None, None]
        return self.conv2(self.norm2(inner)).add_(spatial)


class TimeConvolution(nn.Module):
    """A Conv3d of 3x1x1 as a Conv2d of 3x1. share: what its result is multiplied with."""

    def __init__(self, conv: nn.Conv3d, share: float = 1.0) -> None:
        super().__init__()
        weight, bias = conv.weight.detach().double() * share, cast(Tensor, conv.bias).detach().double() * share
        weight = weight.squeeze(-1).to(conv.weight.dtype).contiguous(memory_format=torch.channels_last)
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.bias = nn.Parameter(bias.to(conv.weight.dtype), requires_grad=False)

    def forward(self, hidden: Tensor) -> Tensor:
        """[T,C,H,W] to [T,O,H,W], both channels-last."""
        count, _, height, width = hidden.shape
        flat = hidden.permute(0, 2, 3, 1).reshape(1, count, height * width, -1).permute(0, 3, 1, 2)
        out = functional.conv2d(flat, self.weight, self.bias, padding=(1, 0))
        return out.permute(0, 2, 3, 1).reshape(count, height, width, -1).permute(0, 3, 1, 2)


class TokenProjection(nn.Module):
    """Cross-attention to a single token."""

    def __init__(self, attention: Any) -> None:
        super().__init__()
        self.to_v, self.to_out = attention.to_v, attention.to_out[0]

    def forward(self, hidden_states: Tensor, encoder_hidden_states: Tensor, **_: Any) -> Tensor:
        """[B,1,C], to be added to hidden states [B,S,C]; context [B,1,D]."""
        return self.to_out(self.to_v(encoder_hidden_states))


class VideoTransformer(nn.Module):
    """A TransformerSpatioTemporalModel for one window."""

    def __init__(self, model: Any, *, sliced: bool) -> None:
        super().__init__()
        self.norm = GroupNorm(model.norm, silu=False)
        self.proj_in, self.proj_out = model.proj_in, model.proj_out
        self.time_proj, self.time_pos_embed = model.time_proj, model.time_pos_embed
        self.spatial_blocks, self.temporal_blocks = model.transformer_blocks, model.temporal_transformer_blocks
        for block in (*self.spatial_blocks, *self.temporal_blocks):
            block.attn2, block.norm2 = TokenProjection(block.attn2), nn.Identity()
        self.spatial_share = float(torch.sigmoid(model.time_mixer.mix_factor.detach().double()))
        self.sliced = sliced

    def forward(
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        image_only_indicator: Tensor | None = None,
        return_dict: bool = False,
    ) -> tuple[Tensor]:
        """hidden_states [T,C,H,W]; encoder_hidden_states [T,1,D], a token for each frame."""
        count, _, height, width = hidden_states.shape
        rows = self.norm(hidden_states).permute(0, 2, 3, 1).reshape(count, height * width, -1)
        rows = self.proj_in(rows)
        positions = self.time_proj(torch.arange(count, device=rows.device)).to(rows.dtype)
        positions = self.time_pos_embed(positions)[:, None]
        for spatial, temporal in zip(self.spatial_blocks, self.temporal_blocks):
            rows = self._spatial(spatial, rows, encoder_hidden_states)
            rows = self._temporal(temporal, rows, positions, encoder_hidden_states[:1])
        out = self.proj_out(rows).reshape(count, height, width, -1).permute(0, 3, 1, 2)
        return (out.add_(hidden_states),)

    def _spatial(self, block: BasicTransformerBlock, rows: Tensor, tokens: Tensor) -> Tensor:
        size = FRAMES_PER_SLICE if self.sliced else len(rows)
        for frames in _slices(len(rows), size):
            rows[frames] = block(rows[frames], encoder_hidden_states=tokens[frames])
        return rows

    def _temporal(
        self, block: TemporalBasicTransformerBlock, rows: Tensor, positions: Tensor, first_token: Tensor
    ) -> Tensor:
        count, pixels, _ = rows.shape
        size = -(-pixels // PIXEL_SLICES) if self.sliced else pixels
        for part in _slices(pixels, size):
            slab = rows[:, part]
            mixed = block(slab + positions, num_frames=count, encoder_hidden_states=first_token)
            rows[:, part] = torch.lerp(mixed, slab, self.spatial_share)
        return rows


def _slices(count: int, size: int) -> Iterator[slice]:
    return (slice(first, min(first + size, count)) for first in range(0, count, size))
