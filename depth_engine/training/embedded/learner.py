# SPDX-License-Identifier: Apache-2.0
"""The published network as it is trained: cut at the first block that is computed anew in every step."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import safetensors.torch
import torch
from torch import Tensor, nn

from depth_engine.models.video_depth_anything.checkpoint import load_network
from depth_engine.models.video_depth_anything.network import MEAN, STD, VideoDepthNetwork
from depth_engine.models.video_depth_anything.published import Architecture
from depth_engine.models.video_depth_anything.temporal import TemporalTransformer
from depth_engine.outputs.files import whole_file
from depth_engine.training.embedded.recipe import Rates

Size = tuple[int, int]

FIRST_VALUE = 0.5
"""What an untrained head says everywhere."""

LEAK = 0.1
"""Slope of negative values while the network is trained: the published last step cuts them off, and nothing would be
learned there.
"""


def new_network(architecture: Architecture, encoder: dict[str, Tensor]) -> VideoDepthNetwork:
    """The encoder with its public weights, a random head (torch's global seed), temporal modules that do nothing."""
    network = VideoDepthNetwork(architecture)
    network.pretrained.load_state_dict(encoder)
    for module in network.head.modules():
        if isinstance(module, TemporalTransformer):
            nn.init.zeros_(module.proj_out.weight)
            nn.init.zeros_(module.proj_out.bias)
    nn.init.constant_(cast(Tensor, network.head.scratch.output_conv2[2].bias), FIRST_VALUE)
    return _leaking(network)


def known_network(architecture: Architecture, path: Path) -> VideoDepthNetwork:
    """The network with a file's weights, to train on from there. Raises DepthError BAD_WEIGHTS."""
    return _leaking(load_network(architecture, path))


def _leaking(network: VideoDepthNetwork) -> VideoDepthNetwork:
    network.head.scratch.output_conv2[3] = nn.LeakyReLU(LEAK)
    return network


def read_table(path: Path) -> dict[str, Tensor]:
    """The named tensors of a safetensors file of our own."""
    return cast(Any, safetensors.torch).load_file(path)


def write_table(table: dict[str, Tensor], path: Path) -> None:
    with whole_file(path) as part:
        whole = {name: tensor.detach().cpu().contiguous() for name, tensor in table.items()}
        cast(Any, safetensors.torch).save_file(whole, part)


def trained_parameters(network: VideoDepthNetwork, rates: Rates, blocks: int) -> dict[str, tuple[float, nn.Parameter]]:
    """By name, the parameters that a stage trains, each with its learning rate; the encoder's last `blocks` blocks, and
    all of it where these are all.
    """
    depth = len(network.pretrained.blocks)
    tuned: tuple[str, ...] = tuple(f"pretrained.blocks.{index}." for index in range(depth - blocks, depth))
    if blocks == depth:
        tuned = ("pretrained.",)
    elif blocks:
        tuned += ("pretrained.norm.",)
    found: dict[str, tuple[float, nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        in_head = rates.temporal if name.startswith("head.motion_modules.") else rates.head
        rate = in_head if name.startswith("head.") else rates.encoder if name.startswith(tuned) else 0.0
        if rate:
            found[name] = rate, parameter
    return found


@dataclass(frozen=True, slots=True)
class Learner:
    """The network and where it is cut. blocks: as in `recipe.Stage`. alone: without the temporal modules."""

    network: VideoDepthNetwork
    architecture: Architecture
    blocks: int
    alone: bool

    @property
    def cut(self) -> int:
        """The first block that is computed in every step."""
        return self.architecture.depth - self.blocks

    @property
    def kept_states(self) -> list[int]:
        """After which blocks before the cut tokens are needed: the head's, and the last one's."""
        taps = [index for index in self.architecture.taps if index < self.cut]
        return taps if not self.cut or self.cut - 1 in taps else [*taps, self.cut - 1]

    def front(self, pictures: Tensor) -> Tensor:
        """What the frozen blocks make of uint8 pictures [n,h,w,3]: tokens [n,levels,1+places,width].

        Without frozen blocks the first and only level is what the first block takes.
        """
        device = self.network.pretrained.cls_token.device
        frames = pictures.to(device, non_blocking=True).permute(0, 3, 1, 2).float() / 255
        tokens = self.network.pretrained.embed((frames - MEAN.to(device)) / STD.to(device))
        if not self.cut:
            return tokens[:, None]
        wanted = self.kept_states
        states = self.network.pretrained.states(tokens, 0, self.cut)
        return torch.stack([state for index, state in states if index in wanted], dim=1)

    def back(self, kept: Tensor, size: Size, frames: int) -> Tensor:
        """Disparity [n,H,W] of what `front` kept of n pictures; size: H, W. n is a multiple of `frames`, a sample's,
        each of which knows of those before it, as in a stream, unless `alone`.
        """
        encoder, head = self.network.pretrained, self.network.head
        places = size[0] // 14, size[1] // 14
        states = {index: kept[:, level] for level, index in enumerate(self.kept_states)}
        states |= dict(encoder.states(kept[:, -1], self.cut))
        maps = [encoder.as_map(states[index], places) for index in self.architecture.taps]
        third, fourth = head.reassemble(2, maps[2]), head.reassemble(3, maps[3])
        if self.alone:
            features = head.fuse_alone(third, fourth)
        else:
            if torch.is_grad_enabled() and not third.requires_grad:
                # Where nothing before it is trained, torch 2.13 crashes in the backward pass of a first GroupNorm.
                third, fourth = third.requires_grad_(), fourth.requires_grad_()
            clips = zip(torch.split(third, frames), torch.split(fourth, frames))
            features = torch.cat([head.fuse(*clip, causal=True) for clip in clips])
        return head.render(features, maps[0], maps[1])


class Average:
    """The moving average of the trained parameters: steadier than any step's own."""

    def __init__(self, parameters: dict[str, nn.Parameter], share: float) -> None:
        self._parameters, self._share = parameters, share
        self.values = {name: parameter.detach().clone() for name, parameter in parameters.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """After a step, numbered from 1; the first steps are averaged over a shorter time."""
        share = min(self._share, (1 + step) / (10 + step))
        own, live = list(self.values.values()), [each.detach() for each in self._parameters.values()]
        cast(Any, torch)._foreach_lerp_(own, live, 1 - share)

    @contextmanager
    def in_place(self) -> Generator[None]:
        """While it lasts, the network has the averaged values."""
        live = {name: parameter.detach().clone() for name, parameter in self._parameters.items()}
        self._copy(self.values)
        try:
            yield
        finally:
            self._copy(live)

    @torch.no_grad()
    def _copy(self, values: dict[str, Tensor]) -> None:
        for name, parameter in self._parameters.items():
            parameter.copy_(values[name])
