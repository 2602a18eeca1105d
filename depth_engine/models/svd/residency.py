# SPDX-License-Identifier: Apache-2.0
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (diffusers carries few types.)
"""Which weights are on the device while a stage works."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import nn

from depth_engine.models.base import Residency
from depth_engine.models.svd.networks import VideoNetworks

PARTS = ("resnets", "attentions", "downsamplers", "upsamplers")


def decoder_type(device: str, dtype: torch.dtype) -> torch.dtype:
    """bfloat16 has too few digits for depth, and CPUs are slow at float16."""
    if dtype is torch.float32 or device == "cpu":
        return torch.float32
    return torch.float16


class Residence:
    """Brings the networks of a stage to the device, and sends the others away where the plan says so."""

    def __init__(self, networks: VideoNetworks, device: str, residency: Residency) -> None:
        vae = cast(Any, networks.vae)
        self.device = torch.device(device)
        self._swaps = residency != "resident"
        self._encoders: tuple[nn.Module, ...] = (*networks.conditioners, vae.encoder.float(), vae.quant_conv.float())
        self._decoders: tuple[nn.Module, ...] = (vae.decoder,)
        self._unets: tuple[nn.Module, ...] = (networks.unet,)
        dtype = networks.unet.dtype
        vae.decoder.to(decoder_type(device, dtype))
        if residency == "fp8":
            cast(Any, networks.unet).enable_layerwise_casting(torch.float8_e4m3fn, dtype)
        if residency == "offloaded":
            fetch_when_called(networks.unet, self.device)
            self._unets = ()
        if not self._swaps:
            self._move((*self._encoders, *self._decoders, *self._unets), self.device)

    @contextmanager
    def encoding(self) -> Generator[None]:
        self._bring(self._encoders)
        yield

    @contextmanager
    def denoising(self) -> Generator[None]:
        self._bring(self._unets)
        yield

    @contextmanager
    def decoding(self) -> Generator[torch.dtype]:
        """Yields the type that the decoder computes in."""
        self._bring(self._decoders)
        yield next(self._decoders[0].parameters()).dtype

    def _bring(self, wanted: Iterable[nn.Module]) -> None:
        """Networks stay where they are until another stage needs the room."""
        if not self._swaps:
            return
        wanted = tuple(wanted)
        others = [n for n in (*self._encoders, *self._decoders, *self._unets) if n not in wanted]
        self._move(others, torch.device("cpu"))
        self._move(wanted, self.device)

    @staticmethod
    def _move(networks: Iterable[nn.Module], device: torch.device) -> None:
        for network in networks:
            network.to(device)


def fetch_when_called(unet: nn.Module, device: torch.device) -> None:
    """Keep the parts of the UNet's blocks off the device but for their own work. What is left is small and stays there.

    Copying takes a fraction of a second a step, while a window computes for seconds: nothing needs to overlap.
    """
    parts = [
        part
        for name, several in unet.named_modules()
        if name.rpartition(".")[2] in PARTS
        for part in cast("nn.ModuleList", several)
    ]
    fetched = {parameter for part in parts for parameter in part.parameters()}
    for parameter in unet.parameters():
        if parameter not in fetched:
            parameter.data = parameter.data.to(device)
    for part in parts:
        _Fetched(part, device)


class _Fetched:
    """Gives a module its weights on the device while it is called. They are copied there, and never back."""

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self._device = device
        pinned = device.type == "cuda"  # copied much quicker
        self._home = [(p, p.data.pin_memory() if pinned else p.data) for p in module.parameters()]
        module.register_forward_pre_hook(self._fetch)
        module.register_forward_hook(self._leave)

    def _fetch(self, *_: object) -> None:
        for parameter, home in self._home:
            parameter.data = home.to(self._device, non_blocking=True)

    def _leave(self, *_: object) -> None:
        for parameter, home in self._home:
            parameter.data = home
